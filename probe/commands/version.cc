#include <cstdio>

#include "checks/io/versions.h"
#include "probe/commands/commands.h"

namespace gaikei {

int RunVersionCommand(const CommandLine& line) {
  std::printf("gaikei %s\n", GAIKEI_VERSION);
  if (line.common.log.quiet) return 0;
  for (const auto& [name, version] : io::LibraryVersions()) {
    std::printf("%s %s\n", name.c_str(), version.c_str());
  }
  return 0;
}

}  // namespace gaikei
