# karpspec_room(NAME USES room... LIBS library...)
# One static library per room, made of the .cpp files in its folder and in the folders below it
# (except those below a folder that has a CMakeLists.txt of its own).
add_library(karpspec_flags INTERFACE)
target_compile_options(karpspec_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
target_include_directories(karpspec_flags INTERFACE ${CMAKE_CURRENT_SOURCE_DIR})
# OpenSSL's macros put the names of files into programs, which need not tell where they were built.
target_compile_options(karpspec_flags INTERFACE -fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these inside its own library when optimising.
  target_compile_options(karpspec_flags INTERFACE
    -Wno-restrict -Wno-maybe-uninitialized -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
  # It collects its garbage, a sixth of its time, only when it has a GB of it.
  target_compile_options(karpspec_flags INTERFACE
    "SHELL:--param ggc-min-expand=400" "SHELL:--param ggc-min-heapsize=1000000")
endif()
if(KARPSPEC_JOIN)
  # What shadows a name of a file that is compiled with this one does so by chance, and a type of an
  # unnamed namespace is no less one file's.
  target_compile_options(karpspec_flags INTERFACE -Wno-shadow)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(karpspec_flags INTERFACE -Wshadow=local -Wno-subobject-linkage)
  endif()
endif()
if(KARPSPEC_SANITIZE)
  target_compile_options(karpspec_flags INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_definitions(karpspec_flags INTERFACE _GLIBCXX_ASSERTIONS)
  target_link_options(karpspec_flags INTERFACE -fsanitize=address,undefined)
  # What sanitizers add is most of what there is to compile. With instructions selected as at -O0 it takes
  # six sevenths of the time, and the tests as long as before. Campaigns of fuzzing are optimised in full.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_BUILD_TYPE STREQUAL "Debug")
    target_compile_options(karpspec_flags INTERFACE "SHELL:-mllvm -fast-isel")
  endif()
endif()
if(KARPSPEC_FUZZ)
  target_compile_options(karpspec_flags INTERFACE ${KARPSPEC_FUZZ_COVERAGE})
endif()


# karpspec_precompiled(TARGET OPTIONS option... LIBS library... HEADERS header...)
# What most files include of libraries costs half of what they take to compile. It is compiled once,
# for targets that say REUSE_FROM this one and have the same options. A file still includes what it
# uses, as a build with neither KARPSPEC_PRECOMPILE nor KARPSPEC_JOIN shows.
function(karpspec_precompiled target)
  cmake_parse_arguments(PRE "" "" "OPTIONS;LIBS;HEADERS" ${ARGN})
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${target}.cpp CONTENT "")
  add_library(${target} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${target}.cpp)
  set_target_properties(${target} PROPERTIES UNITY_BUILD OFF)
  target_link_libraries(${target} PRIVATE karpspec_flags ${PRE_LIBS})
  target_compile_options(${target} PRIVATE ${PRE_OPTIONS})
  target_precompile_headers(${target} PRIVATE
    <algorithm> <array> <chrono> <cstdint> <filesystem> <fstream> <functional> <map> <memory>
    <optional> <set> <span> <sstream> <string> <string_view> <tl/expected.hpp> <variant> <vector>
    ${PRE_HEADERS})
endfunction()
# What opens and shows a packet decides how fast captures are read, and is optimised in full where
# CMakeLists.txt has said that nothing is.
set(karpspec_quick_rooms "")
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND CMAKE_CXX_FLAGS_RELEASE MATCHES "-O1 -finline-functions")
  set(karpspec_quick_rooms base wire crypto transcript capture)
endif()
if(KARPSPEC_PRECOMPILE)
  karpspec_precompiled(karpspec_room_headers)
  if(karpspec_quick_rooms)
    karpspec_precompiled(karpspec_quick_room_headers OPTIONS -O2)
  endif()
endif()

function(karpspec_room name)
  cmake_parse_arguments(ROOM "" "" "USES;LIBS" ${ARGN})
  string(REPLACE "/" "_" target ${name})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  if(name STREQUAL "dut")
    list(FILTER sources EXCLUDE REGEX "/dut/adapters/")
  endif()
  list(FILTER sources EXCLUDE REGEX "/(main|.*_main|.*_fuzz)\\.cpp$")
  if(sources)
    add_library(karpspec_${target} STATIC ${sources})
    set(scope PUBLIC)
  else()
    add_library(karpspec_${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_link_libraries(karpspec_${target} ${scope} karpspec_flags ${ROOM_LIBS})
  set(headers karpspec_room_headers)
  if(sources AND name IN_LIST karpspec_quick_rooms)
    set(headers karpspec_quick_room_headers)
    target_compile_options(karpspec_${target} PRIVATE -O2)
  endif()
  if(KARPSPEC_PRECOMPILE AND sources)
    target_precompile_headers(karpspec_${target} REUSE_FROM ${headers})
  endif()
  foreach(used ${ROOM_USES})
    string(REPLACE "/" "_" used_target ${used})
    target_link_libraries(karpspec_${target} ${scope} karpspec_${used_target})
  endforeach()
  set_property(GLOBAL APPEND PROPERTY KARPSPEC_ROOMS ${name})
endfunction()
