# Warnings, sanitizers and hardening, as one interface target that every target of ours links.

add_library(gaikei_options INTERFACE)
target_include_directories(gaikei_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(gaikei_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -Werror=switch -fno-omit-frame-pointer)
target_compile_definitions(gaikei_options INTERFACE GAIKEI_VERSION="${PROJECT_VERSION}")

if(GAIKEI_SANITIZE)
  set(sanitize -fsanitize=${GAIKEI_SANITIZE} -fno-sanitize-recover=all)
  target_compile_options(gaikei_options INTERFACE ${sanitize})
  target_link_options(gaikei_options INTERFACE ${sanitize})
  if(GAIKEI_SANITIZE MATCHES "undefined")
    # The vptr check opens a pipe to look at memory: where descriptors have run out, which tests do on
    # purpose, it reports objects that are sound.
    target_compile_options(gaikei_options INTERFACE -fno-sanitize=vptr)
  endif()
endif()

if(GAIKEI_FUZZ)
  # Coverage everywhere; the fuzzer's own main comes with the fuzz targets only.
  target_compile_options(gaikei_options INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(gaikei_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  target_compile_options(gaikei_options INTERFACE
    -fstack-protector-strong -fcf-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -D_GLIBCXX_ASSERTIONS)
  target_link_options(gaikei_options INTERFACE -pie -Wl,-z,relro -Wl,-z,now)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # GCC 12 sees overlapping copies in "text" + std::string where there are none (GCC bug 105651).
    target_compile_options(gaikei_options INTERFACE -Wno-restrict)
  endif()
endif()

# Most of what compiling a small file takes is what it includes, so several go to the compiler at once: names of a
# file's own are unique in its library. Off: every file by itself, which shows what one of them fails to include.
# What is optimised is compiled so: of several files together GCC 12 warns of what it sees in std::variant.
option(GAIKEI_UNITY "Compile several source files together" ON)
function(gaikei_compile_together name count)
  if(GAIKEI_UNITY)
    set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${count})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # It takes every file but the first for a header, where a type of an unnamed namespace would be a trap.
      target_compile_options(${name} PRIVATE -Wno-subobject-linkage)
    endif()
  endif()
endfunction()

# gaikei_library(NAME SOURCES... ): a static library of one folder.
function(gaikei_library name)
  add_library(${name} STATIC ${ARGN})
  target_link_libraries(${name} PUBLIC gaikei_options)
  gaikei_compile_together(${name} 10)
endfunction()
