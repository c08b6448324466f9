#include <cerrno>
#include <cstdio>
#include <cstring>

#include "probe/commands/commands.h"
#include "probe/config/starter.h"
#include "results/text.h"

namespace gaikei {

int RunInitCommand(const CommandLine& line) {
  const std::string path = line.path.empty() ? "gaikei.toml" : line.path;
  const std::string_view text = StarterConfig();
  if (path == "-") {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return 0;
  }
  // "x": a configuration that somebody wrote is never overwritten by accident.
  std::FILE* file = std::fopen(path.c_str(), line.force ? "we" : "wxe");
  if (file == nullptr) {
    const bool exists = errno == EEXIST;
    std::fprintf(stderr, "gaikei: %s: %s%s\n", Escape(path).c_str(), std::strerror(errno),
                 exists ? " (--force overwrites it)" : "");
    return 2;
  }
  const bool is_written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (std::fclose(file) != 0 || !is_written) {
    std::fprintf(stderr, "gaikei: %s: %s\n", Escape(path).c_str(), std::strerror(errno));
    return 2;
  }
  if (!line.common.log.quiet) {
    std::fprintf(stderr, "wrote %s; next: gaikei validate, gaikei once, gaikei run\n",
                 Escape(path).c_str());
  }
  return 0;
}

}  // namespace gaikei
