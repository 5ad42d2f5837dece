DefinitionBlock ("", "SSDT", 2, "IGDVM ", "IGDVM   ", 0x00000001)
{
    External (_SB_.PCI0, DeviceObj)

    Scope (\_SB.PCI0)
    {
        Name (_CRS, ResourceTemplate ()  // _CRS: Current Resource Settings
        {
            WordBusNumber (ResourceProducer, MinFixed, MaxFixed, PosDecode,
                0x0000,             // Granularity
                0x0000,             // Range Minimum
                0x0000,             // Range Maximum
                0x0000,             // Translation Offset
                0x0001,             // Length
                ,, )
            IO (Decode16,
                0x0CF8,             // Range Minimum
                0x0CF8,             // Range Maximum
                0x01,               // Alignment
                0x08,               // Length
                )
            WordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange,
                0x0000,             // Granularity
                0x1000,             // Range Minimum
                0xFFFF,             // Range Maximum
                0x0000,             // Translation Offset
                0xF000,             // Length
                ,, , TypeStatic, DenseTranslation)
            DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, NonCacheable, ReadWrite,
                0x00000000,         // Granularity
                0xC0000000,         // Range Minimum
                0xF7FFFFFF,         // Range Maximum
                0x00000000,         // Translation Offset
                0x38000000,         // Length
                ,, , AddressRangeMemory, TypeStatic)
            QWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, NonCacheable, ReadWrite,
                0x0000000000000000, // Granularity
                0x0000000180000000, // Range Minimum
                0x0000007FFFFFFFFF, // Range Maximum
                0x0000000000000000, // Translation Offset
                0x0000007E80000000, // Length
                ,, , AddressRangeMemory, TypeStatic)
        })
        Name (_PRT, Package (0x0C)  // _PRT: PCI Routing Table
        {
            Package (0x04)
            {
                0xFFFF,
                Zero,
                Zero,
                0x10
            },

            Package (0x04)
            {
                0xFFFF,
                One,
                Zero,
                0x11
            },

            Package (0x04)
            {
                0xFFFF,
                0x02,
                Zero,
                0x12
            },

            Package (0x04)
            {
                0xFFFF,
                0x03,
                Zero,
                0x13
            },

            Package (0x04)
            {
                0x0001FFFF,
                Zero,
                Zero,
                0x11
            },

            Package (0x04)
            {
                0x0001FFFF,
                One,
                Zero,
                0x12
            },

            Package (0x04)
            {
                0x0001FFFF,
                0x02,
                Zero,
                0x13
            },

            Package (0x04)
            {
                0x0001FFFF,
                0x03,
                Zero,
                0x14
            },

            Package (0x04)
            {
                0x0002FFFF,
                Zero,
                Zero,
                0x12
            },

            Package (0x04)
            {
                0x0002FFFF,
                One,
                Zero,
                0x13
            },

            Package (0x04)
            {
                0x0002FFFF,
                0x02,
                Zero,
                0x14
            },

            Package (0x04)
            {
                0x0002FFFF,
                0x03,
                Zero,
                0x15
            }
        })
    }

    Scope (\_SB)
    {
        Device (MRES)
        {
            Name (_HID, EisaId ("PNP0C02") /* PNP Motherboard Resources */)  // _HID: Hardware ID
            Name (_UID, Zero)  // _UID: Unique ID
            Name (_CRS, ResourceTemplate ()  // _CRS: Current Resource Settings
            {
                Memory32Fixed (ReadWrite,
                    0xBBE00000,         // Address Base
                    0x04000000,         // Address Length
                    )
                Memory32Fixed (ReadWrite,
                    0xF8000000,         // Address Base
                    0x00100000,         // Address Length
                    )
            })
        }

        Device (IGDO)
        {
            Name (_HID, "IGDV0001")  // _HID: Hardware ID
            Name (_CID, EisaId ("PNP0C02") /* PNP Motherboard Resources */)  // _CID: Compatible ID
            Name (_UID, Zero)  // _UID: Unique ID
            Name (_STR, Unicode ("IGD OpRegion"))  // _STR: Description String
            Name (_CRS, ResourceTemplate ()  // _CRS: Current Resource Settings
            {
                Memory32Fixed (ReadWrite,
                    0xBFFFD000,         // Address Base
                    0x00003000,         // Address Length
                    )
            })
        }

        Device (KBD)
        {
            Name (_HID, EisaId ("PNP0303") /* IBM Enhanced Keyboard (101/102-key, PS/2 Mouse) */)  // _HID: Hardware ID
            Name (_CRS, ResourceTemplate ()  // _CRS: Current Resource Settings
            {
                IO (Decode16,
                    0x0060,             // Range Minimum
                    0x0060,             // Range Maximum
                    0x01,               // Alignment
                    0x01,               // Length
                    )
                IO (Decode16,
                    0x0064,             // Range Minimum
                    0x0064,             // Range Maximum
                    0x01,               // Alignment
                    0x01,               // Length
                    )
                IRQNoFlags ()
                    {1}
            })
        }
    }
}

