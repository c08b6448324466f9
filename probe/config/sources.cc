#include "probe/config/sources.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

#include "probe/config/document.h"
#include "probe/config/errors.h"

namespace gaikei {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDefaultPath = "gaikei.toml";
constexpr const char* kSystemPath = "/etc/gaikei/gaikei.toml";

ConfigError Unreadable(const std::string& path, int error) {
  return {path, 0, 0, "cannot be read: " + ErrnoText(error)};
}

void ReadFile(const std::string& path, SourceTexts& out) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    out.errors.push_back(Unreadable(path, errno));
    return;
  }
  std::string text;
  std::array<char, 65536> chunk;
  int error = 0;
  while (text.size() <= kFileLimit) {
    const ssize_t n = ::read(fd, chunk.data(), chunk.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) error = errno;
    if (n <= 0) break;
    text.append(chunk.data(), static_cast<std::size_t>(n));
  }
  ::close(fd);
  if (error != 0) {
    out.errors.push_back(Unreadable(path, error));
  } else {
    out.files.push_back({path, std::move(text)});
  }
}

void ReadDirectory(const std::string& path, SourceTexts& out) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.ends_with(".toml") && !name.starts_with('.')) names.push_back(it->path().string());
  }
  if (error) {
    out.errors.push_back(Unreadable(path, error.value()));
    return;
  }
  if (names.empty()) out.errors.push_back({path, 0, 0, "a directory without a *.toml file"});
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) ReadFile(name, out);
}

}  // namespace

SourceTexts ReadSources(const std::vector<std::string>& paths) {
  SourceTexts out;
  const auto exists = [](const char* path) { return ::access(path, F_OK) == 0; };
  if (paths.empty()) {
    if (exists(kDefaultPath) || !exists(kSystemPath)) {
      ReadFile(kDefaultPath, out);
      if (!out.errors.empty() && !exists(kDefaultPath)) {
        out.errors.back().message += std::string("; nor is there ") + kSystemPath;
      }
    } else {
      ReadFile(kSystemPath, out);
    }
    return out;
  }
  for (const std::string& path : paths) {
    std::error_code error;
    if (fs::is_directory(path, error)) {
      ReadDirectory(path, out);
    } else {
      ReadFile(path, out);
    }
  }
  return out;
}

}  // namespace gaikei
