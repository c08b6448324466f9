#include "checks/io/loop/watched_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "checks/io/loop/unique_fd.h"

namespace gaikei::io {

std::optional<std::string> WatchedFile::ReadIfChanged() {
  const auto stamp_of = [](const struct stat& status) {
    return Stamp{.seconds = status.st_mtim.tv_sec,
                 .nanoseconds = status.st_mtim.tv_nsec,
                 .size = status.st_size,
                 .inode = status.st_ino};
  };
  struct stat status {};
  if (stat(path_.c_str(), &status) == 0 && seen_ == stamp_of(status)) return std::nullopt;

  const UniqueFd fd(open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_valid()) {
    if (errno != ENOENT && errno != ENOTDIR) return std::nullopt;
    if (seen_ == Stamp{}) return std::nullopt;
    seen_ = Stamp{};
    return std::string();
  }
  // Stamped before it is read: a change in the meantime is found by the next call.
  if (fstat(fd.get(), &status) != 0) return std::nullopt;
  std::string content;
  std::array<char, 16384> buffer{};
  while (true) {
    const ssize_t count = read(fd.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) break;
    content.append(buffer.data(), static_cast<std::size_t>(count));
  }
  seen_ = stamp_of(status);
  return content;
}

}  // namespace gaikei::io
