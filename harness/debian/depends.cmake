# What the programs need of Debian's libraries, as dpkg-shlibdeps says it. CPack's own way
# (CPACK_DEBIAN_PACKAGE_SHLIBDEPS) is to start two processes for each file of the package, and the suites are thousands.
set(root ${CPACK_TEMPORARY_DIRECTORY})
file(GLOB programs RELATIVE ${root} ${root}/usr/bin/* ${root}/usr/lib/karpspec/*)
# It finds the package that a program is of by the folder that its path begins with.
list(TRANSFORM programs PREPEND ./)
find_program(DPKG_SHLIBDEPS dpkg-shlibdeps)
if(NOT DPKG_SHLIBDEPS)
  message(WARNING "no dpkg-shlibdeps (dpkg-dev): the package does not say what it depends on")
  return()
endif()
# It looks at nothing but that these are there, and they are no part of the package.
file(MAKE_DIRECTORY ${root}/debian ${root}/DEBIAN)
file(WRITE ${root}/debian/control "")
execute_process(COMMAND ${DPKG_SHLIBDEPS} --ignore-missing-info -O ${programs}
  WORKING_DIRECTORY ${root} OUTPUT_VARIABLE said OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
file(REMOVE_RECURSE ${root}/debian ${root}/DEBIAN)
if(NOT said MATCHES "^shlibs:Depends=(.+)$")
  message(FATAL_ERROR "dpkg-shlibdeps says nothing of ${programs}")
endif()
set(CPACK_DEBIAN_PACKAGE_DEPENDS ${CMAKE_MATCH_1})
