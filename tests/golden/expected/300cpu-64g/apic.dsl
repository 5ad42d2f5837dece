Signature : "APIC"    [Multiple APIC Description Table (MADT)]; Table Length : 00000D1E; Revision : 05; Checksum : A5; Oem ID : "IGDVM "; Oem Table ID : "IGDVM   "; Oem Revision : 00000001; Asl Compiler ID : "IGDV"; Asl Compiler Revision : 00000001
Local Apic Address : FEE00000; Flags (decoded below) : 00000001; PC-AT Compatibility : 1
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 00; Local Apic ID : 00; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 01; Local Apic ID : 01; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 02; Local Apic ID : 02; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 03; Local Apic ID : 03; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 04; Local Apic ID : 04; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 05; Local Apic ID : 05; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 06; Local Apic ID : 06; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 07; Local Apic ID : 07; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 08; Local Apic ID : 08; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 09; Local Apic ID : 09; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 0A; Local Apic ID : 0A; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 0B; Local Apic ID : 0B; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 10; Local Apic ID : 10; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 11; Local Apic ID : 11; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 12; Local Apic ID : 12; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 13; Local Apic ID : 13; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 14; Local Apic ID : 14; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 15; Local Apic ID : 15; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 16; Local Apic ID : 16; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 17; Local Apic ID : 17; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 18; Local Apic ID : 18; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 19; Local Apic ID : 19; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 1A; Local Apic ID : 1A; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 1B; Local Apic ID : 1B; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 20; Local Apic ID : 20; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 21; Local Apic ID : 21; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 22; Local Apic ID : 22; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 23; Local Apic ID : 23; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 24; Local Apic ID : 24; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 25; Local Apic ID : 25; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 26; Local Apic ID : 26; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 27; Local Apic ID : 27; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 28; Local Apic ID : 28; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 29; Local Apic ID : 29; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 2A; Local Apic ID : 2A; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 2B; Local Apic ID : 2B; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 30; Local Apic ID : 30; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 31; Local Apic ID : 31; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 32; Local Apic ID : 32; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 33; Local Apic ID : 33; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 34; Local Apic ID : 34; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 35; Local Apic ID : 35; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 36; Local Apic ID : 36; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 37; Local Apic ID : 37; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 38; Local Apic ID : 38; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 39; Local Apic ID : 39; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 3A; Local Apic ID : 3A; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 3B; Local Apic ID : 3B; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 40; Local Apic ID : 40; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 41; Local Apic ID : 41; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 42; Local Apic ID : 42; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 43; Local Apic ID : 43; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 44; Local Apic ID : 44; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 45; Local Apic ID : 45; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 46; Local Apic ID : 46; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 47; Local Apic ID : 47; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 48; Local Apic ID : 48; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 49; Local Apic ID : 49; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 4A; Local Apic ID : 4A; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 4B; Local Apic ID : 4B; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 50; Local Apic ID : 50; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 51; Local Apic ID : 51; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 52; Local Apic ID : 52; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 53; Local Apic ID : 53; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 54; Local Apic ID : 54; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 55; Local Apic ID : 55; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 56; Local Apic ID : 56; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 57; Local Apic ID : 57; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 58; Local Apic ID : 58; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 59; Local Apic ID : 59; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 5A; Local Apic ID : 5A; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 5B; Local Apic ID : 5B; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 60; Local Apic ID : 60; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 61; Local Apic ID : 61; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 62; Local Apic ID : 62; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 63; Local Apic ID : 63; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 64; Local Apic ID : 64; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 65; Local Apic ID : 65; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 66; Local Apic ID : 66; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 67; Local Apic ID : 67; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 68; Local Apic ID : 68; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 69; Local Apic ID : 69; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 6A; Local Apic ID : 6A; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 6B; Local Apic ID : 6B; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 70; Local Apic ID : 70; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 71; Local Apic ID : 71; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 72; Local Apic ID : 72; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 73; Local Apic ID : 73; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 74; Local Apic ID : 74; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 75; Local Apic ID : 75; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 76; Local Apic ID : 76; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 77; Local Apic ID : 77; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 78; Local Apic ID : 78; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 79; Local Apic ID : 79; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 7A; Local Apic ID : 7A; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 7B; Local Apic ID : 7B; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 80; Local Apic ID : 80; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 81; Local Apic ID : 81; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 82; Local Apic ID : 82; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 83; Local Apic ID : 83; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 84; Local Apic ID : 84; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 85; Local Apic ID : 85; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 86; Local Apic ID : 86; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 87; Local Apic ID : 87; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 88; Local Apic ID : 88; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 89; Local Apic ID : 89; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 8A; Local Apic ID : 8A; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 8B; Local Apic ID : 8B; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 90; Local Apic ID : 90; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 91; Local Apic ID : 91; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 92; Local Apic ID : 92; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 93; Local Apic ID : 93; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 94; Local Apic ID : 94; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 95; Local Apic ID : 95; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 96; Local Apic ID : 96; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 97; Local Apic ID : 97; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 98; Local Apic ID : 98; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 99; Local Apic ID : 99; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 9A; Local Apic ID : 9A; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : 9B; Local Apic ID : 9B; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : A0; Local Apic ID : A0; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : A1; Local Apic ID : A1; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : A2; Local Apic ID : A2; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : A3; Local Apic ID : A3; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : A4; Local Apic ID : A4; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : A5; Local Apic ID : A5; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : A6; Local Apic ID : A6; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : A7; Local Apic ID : A7; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : A8; Local Apic ID : A8; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : A9; Local Apic ID : A9; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : AA; Local Apic ID : AA; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : AB; Local Apic ID : AB; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : B0; Local Apic ID : B0; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : B1; Local Apic ID : B1; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : B2; Local Apic ID : B2; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : B3; Local Apic ID : B3; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : B4; Local Apic ID : B4; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : B5; Local Apic ID : B5; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : B6; Local Apic ID : B6; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : B7; Local Apic ID : B7; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : B8; Local Apic ID : B8; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : B9; Local Apic ID : B9; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : BA; Local Apic ID : BA; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : BB; Local Apic ID : BB; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : C0; Local Apic ID : C0; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : C1; Local Apic ID : C1; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : C2; Local Apic ID : C2; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : C3; Local Apic ID : C3; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : C4; Local Apic ID : C4; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : C5; Local Apic ID : C5; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : C6; Local Apic ID : C6; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : C7; Local Apic ID : C7; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : C8; Local Apic ID : C8; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : C9; Local Apic ID : C9; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : CA; Local Apic ID : CA; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : CB; Local Apic ID : CB; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : D0; Local Apic ID : D0; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : D1; Local Apic ID : D1; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : D2; Local Apic ID : D2; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : D3; Local Apic ID : D3; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : D4; Local Apic ID : D4; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : D5; Local Apic ID : D5; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : D6; Local Apic ID : D6; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : D7; Local Apic ID : D7; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : D8; Local Apic ID : D8; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : D9; Local Apic ID : D9; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : DA; Local Apic ID : DA; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : DB; Local Apic ID : DB; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : E0; Local Apic ID : E0; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : E1; Local Apic ID : E1; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : E2; Local Apic ID : E2; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : E3; Local Apic ID : E3; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : E4; Local Apic ID : E4; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : E5; Local Apic ID : E5; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : E6; Local Apic ID : E6; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : E7; Local Apic ID : E7; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : E8; Local Apic ID : E8; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : E9; Local Apic ID : E9; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : EA; Local Apic ID : EA; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : EB; Local Apic ID : EB; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : F0; Local Apic ID : F0; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : F1; Local Apic ID : F1; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : F2; Local Apic ID : F2; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : F3; Local Apic ID : F3; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : F4; Local Apic ID : F4; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : F5; Local Apic ID : F5; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : F6; Local Apic ID : F6; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : F7; Local Apic ID : F7; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : F8; Local Apic ID : F8; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : F9; Local Apic ID : F9; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : FA; Local Apic ID : FA; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 00 [Processor Local APIC]; Length : 08; Processor ID : FB; Local Apic ID : FB; Flags (decoded below) : 00000001; Processor Enabled : 1; Runtime Online Capable : 0
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000100; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000100
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000101; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000101
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000102; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000102
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000103; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000103
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000104; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000104
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000105; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000105
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000106; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000106
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000107; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000107
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000108; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000108
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000109; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000109
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 0000010A; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 0000010A
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 0000010B; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 0000010B
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000110; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000110
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000111; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000111
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000112; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000112
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000113; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000113
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000114; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000114
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000115; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000115
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000116; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000116
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000117; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000117
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000118; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000118
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000119; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000119
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 0000011A; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 0000011A
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 0000011B; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 0000011B
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000120; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000120
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000121; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000121
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000122; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000122
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000123; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000123
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000124; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000124
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000125; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000125
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000126; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000126
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000127; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000127
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000128; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000128
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000129; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000129
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 0000012A; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 0000012A
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 0000012B; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 0000012B
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000130; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000130
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000131; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000131
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000132; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000132
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000133; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000133
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000134; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000134
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000135; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000135
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000136; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000136
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000137; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000137
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000138; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000138
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000139; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000139
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 0000013A; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 0000013A
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 0000013B; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 0000013B
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000140; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000140
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000141; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000141
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000142; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000142
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000143; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000143
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000144; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000144
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000145; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000145
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000146; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000146
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000147; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000147
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000148; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000148
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000149; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000149
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 0000014A; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 0000014A
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 0000014B; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 0000014B
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000150; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000150
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000151; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000151
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000152; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000152
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000153; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000153
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000154; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000154
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000155; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000155
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000156; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000156
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000157; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000157
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000158; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000158
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000159; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000159
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 0000015A; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 0000015A
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 0000015B; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 0000015B
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000160; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000160
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000161; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000161
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000162; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000162
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000163; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000163
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000164; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000164
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000165; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000165
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000166; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000166
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000167; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000167
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000168; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000168
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000169; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000169
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 0000016A; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 0000016A
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 0000016B; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 0000016B
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000170; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000170
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000171; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000171
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000172; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000172
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000173; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000173
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000174; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000174
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000175; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000175
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000176; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000176
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000177; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000177
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000178; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000178
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000179; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000179
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 0000017A; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 0000017A
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 0000017B; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 0000017B
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000180; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000180
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000181; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000181
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000182; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000182
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000183; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000183
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000184; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000184
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000185; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000185
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000186; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000186
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000187; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000187
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000188; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000188
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 00000189; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 00000189
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 0000018A; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 0000018A
Subtable Type : 09 [Processor Local x2APIC]; Length : 10; Reserved : 0000; Processor x2Apic ID : 0000018B; Flags (decoded below) : 00000001; Processor Enabled : 1; Processor UID : 0000018B
Subtable Type : 01 [I/O APIC]; Length : 0C; I/O Apic ID : 00; Reserved : 00; Address : FEC00000; Interrupt : 00000000
Subtable Type : 02 [Interrupt Source Override]; Length : 0A; Bus : 00; Source : 00; Interrupt : 00000002; Flags (decoded below) : 0000; Polarity : 0; Trigger Mode : 0
Subtable Type : 02 [Interrupt Source Override]; Length : 0A; Bus : 00; Source : 09; Interrupt : 00000009; Flags (decoded below) : 000D; Polarity : 1; Trigger Mode : 3
Subtable Type : 04 [Local APIC NMI]; Length : 06; Processor ID : FF; Flags (decoded below) : 0000; Polarity : 0; Trigger Mode : 0; Interrupt Input LINT : 01
Subtable Type : 0A [Local x2APIC NMI]; Length : 0C; Flags (decoded below) : 0000; Polarity : 0; Trigger Mode : 0; Processor UID : FFFFFFFF; Interrupt Input LINT : 01; Reserved : 000000
