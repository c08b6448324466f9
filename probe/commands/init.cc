#include <fcntl.h>
#include <unistd.h>

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
  // O_EXCL: a configuration that somebody wrote is never overwritten by accident.
  const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (line.force ? O_TRUNC : O_EXCL);
  const int fd = ::open(path.c_str(), flags, 0644);
  if (fd < 0) {
    const bool exists = errno == EEXIST;
    std::fprintf(stderr, "gaikei: %s: %s%s\n", Escape(path).c_str(), std::strerror(errno),
                 exists ? " (--force overwrites it)" : "");
    return 2;
  }
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t n = ::write(fd, text.data() + written, text.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    written += static_cast<std::size_t>(n);
  }
  if (::close(fd) != 0 || written != text.size()) {
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
