# The commit that is built, as a header that changes only with it: cmake -DSOURCE=DIR -DHEADER=F -P version.cmake
# Run by every build: a commit is no file that another could depend on. No date: the same sources, the same program.
find_program(GIT git)
set(commit "")
if(GIT AND EXISTS "${SOURCE}/.git") # not a directory in somebody else's repository
  execute_process(COMMAND ${GIT} -C ${SOURCE} describe --always --abbrev=12 --dirty --exclude=*
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
set(text "#define IGDVM_COMMIT \"${commit}\"\n")
set(old "")
if(EXISTS "${HEADER}")
  file(READ "${HEADER}" old)
endif()
if(NOT old STREQUAL text)
  file(WRITE "${HEADER}" "${text}")
endif()
