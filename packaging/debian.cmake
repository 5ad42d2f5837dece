# Run by cpack on the tree that is about to be packed: what Debian's policy wants besides.
if(NOT CPACK_GENERATOR STREQUAL "DEB")
  return()
endif()
file(GLOB_RECURSE pages ${CPACK_TEMPORARY_DIRECTORY}/usr/share/man/*)
set(doc ${CPACK_TEMPORARY_DIRECTORY}/usr/share/doc/igdvm)
file(MAKE_DIRECTORY ${doc})

file(READ ${CPACK_IGDVM_SOURCE}/LICENSE license)
string(REGEX REPLACE "^[^\n]*\n+" "" license "${license}")
string(REPLACE "\n\n" "\n.\n" license "${license}")
string(REGEX REPLACE "\n+$" "" license "${license}")
string(REPLACE "\n" "\n " license "${license}")
file(WRITE ${doc}/copyright
"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: igdvm

Files: *
Copyright: 2026 the igdvm authors
License: BSD-2-Clause
 ${license}
")
file(WRITE ${doc}/changelog
"igdvm (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium

  * See CHANGES.md.

 -- ${CPACK_PACKAGE_CONTACT}  Sun, 01 Nov 2026 00:00:00 +0000
")
# -n: no time in the header, so that two builds are the same
execute_process(COMMAND gzip -9nf ${pages} ${doc}/changelog ${doc}/CHANGES.md COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND chmod -R u=rwX,go=rX ${CPACK_TEMPORARY_DIRECTORY}/usr COMMAND_ERROR_IS_FATAL ANY)
