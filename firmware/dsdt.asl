// SPDX-License-Identifier: BSD-2-Clause
/*
 * dsdt.asl - what every igdvm guest has, whatever its size.
 *
 * Plain numbers come from layout.h. What depends on the plan of memory or on the devices - the PCI
 * root's _CRS and _PRT, the reserved ranges - is in the SSDT that acpi.c emits.
 * Sources: ACPI 6.4; PCI Firmware Specification 3.3, 4.5 (_OSC).
 */
#include "layout.h"

DefinitionBlock ("dsdt.aml", "DSDT", 2, "IGDVM ", "IGDVM   ", 1)
{
	/*
	 * Soft-off (7.4.2): SLP_TYP for PM1a_CNT, for PM1b_CNT, then two reserved elements without
	 * which some systems refuse the package.
	 */
	Name (\_S5, Package () { LAYOUT_S5_TYPE, LAYOUT_S5_TYPE, 0, 0 })

	Scope (\_SB)
	{
		Device (PCI0)
		{
			Name (_HID, EisaId ("PNP0A08")) // PCI Express root
			Name (_CID, EisaId ("PNP0A03"))
			Name (_UID, 0)
			Name (_SEG, 0)
			Name (_BBN, 0)

			/*
			 * igdvm acts on none of the features that the operating system may ask to
			 * control here (hot plug, PME, AER, the capability structure, LTR): to refuse
			 * one would say that firmware looks after it. All are granted, by leaving the
			 * third DWord as it came in. ASPM is ruled out by the FADT.
			 */
			Method (_OSC, 4, Serialized)
			{
				CreateDWordField (Arg3, 0, STAT)
				If (Arg0 != ToUUID ("33db4d5b-1ff7-401c-9657-7441c03dd766"))
				{
					STAT |= 0x04 // unrecognized UUID
				}
				ElseIf (Arg1 != 1)
				{
					STAT |= 0x08 // unrecognized revision
				}
				Return (Arg3)
			}
		}

		Device (RTC)
		{
			Name (_HID, EisaId ("PNP0B00")) // AT real-time clock
			Name (_CRS, ResourceTemplate ()
			{
				IO (Decode16, LAYOUT_PORT_RTC, LAYOUT_PORT_RTC, 1, 2)
				IRQNoFlags () { LAYOUT_GSI_RTC }
			})
		}

		Device (PEVT)
		{
			Name (_HID, "QEMU0001") // pvpanic: the id its drivers know
			Name (_CRS, ResourceTemplate ()
			{
				IO (Decode16, LAYOUT_PORT_PVPANIC, LAYOUT_PORT_PVPANIC, 1, 1)
			})
		}

		Device (COM1)
		{
			Name (_HID, EisaId ("PNP0501")) // 16550A-compatible
			Name (_UID, 1)
			Name (_DDN, "COM1")
			Name (_CRS, ResourceTemplate ()
			{
				IO (Decode16, LAYOUT_PORT_COM1, LAYOUT_PORT_COM1, 1, 8)
				IRQNoFlags () { LAYOUT_GSI_COM1 }
			})
		}
	}
}
