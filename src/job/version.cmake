# Writes HEADER with the version and the commit of SOURCE, only where they changed.
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12 --match=
  OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT commit)
  set(commit "unknown")
endif()
set(text "// Generated at each build.\n#define INVAR_VERSION \"${VERSION}\"\n#define INVAR_COMMIT \"${commit}\"\n")
if(EXISTS ${HEADER})
  file(READ ${HEADER} before)
endif()
if(NOT "${text}" STREQUAL "${before}")
  file(WRITE ${HEADER} "${text}")
endif()
