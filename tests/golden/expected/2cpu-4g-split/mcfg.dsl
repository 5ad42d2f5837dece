
Signature : "MCFG"    [Memory Mapped Configuration table]
Table Length : 0000003C
Revision : 01
Checksum : 14
Oem ID : "IGDVM "
Oem Table ID : "IGDVM   "
Oem Revision : 00000001
Asl Compiler ID : "IGDV"
Asl Compiler Revision : 00000001

Reserved : 0000000000000000

Base Address : 00000000F8000000
Segment Group Number : 0000
Start Bus Number : 00
End Bus Number : 00
Reserved : 00000000

