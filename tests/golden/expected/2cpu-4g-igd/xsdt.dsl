
Signature : "XSDT"    [Extended System Description Table]
Table Length : 00000044
Revision : 01
Checksum : A9
Oem ID : "IGDVM "
Oem Table ID : "IGDVM   "
Oem Revision : 00000001
Asl Compiler ID : "IGDV"
Asl Compiler Revision : 00000001

ACPI Table Address   0 : 00000000000E0080
ACPI Table Address   1 : 00000000000E0340
ACPI Table Address   2 : 00000000000E0560
ACPI Table Address   3 : 00000000000E05D0

