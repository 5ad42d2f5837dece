Signature : "APIC"    [Multiple APIC Description Table (MADT)]; Table Length : 00000062; Revision : 05; Checksum : E1; Oem ID : "IGDVM "; Oem Table ID : "IGDVM   "; Oem Revision : 00000001; Asl Compiler ID : "IGDV"; Asl Compiler Revision : 00000001
Local Apic Address : FEE00000; Flags (decoded below) : 00000001; PC-AT Compatibility : 1
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 00; Local Apic ID : 00; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 01; Local Apic ID : 01; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 01 [I/O APIC]; Length : 0C; I/O Apic ID : 00; Reserved : 00; Address : FEC00000; Interrupt : 00000000
Subtable Type : 02 [Interrupt Source Override]; Length : 0A; Bus : 00; Source : 00; Interrupt : 00000002; Flags (decoded below) : 0000; Polarity : 0; Trigger Mode : 0
Subtable Type : 02 [Interrupt Source Override]; Length : 0A; Bus : 00; Source : 09; Interrupt : 00000009; Flags (decoded below) : 000D; Polarity : 1; Trigger Mode : 3
Subtable Type : 04 [Local APIC NMI]; Length : 06; Processor ID : FF; Flags (decoded below) : 0000; Polarity : 0; Trigger Mode : 0; Interrupt Input LINT : 01
