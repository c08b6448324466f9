#include "results/state_dir.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <utility>

namespace gaikei {
namespace {

/// The process that wrote itself into the lock file; 0 when nobody can be read from it.
int HolderOf(int lock_fd) {
  std::array<char, 32> text{};
  const ssize_t size = ::pread(lock_fd, text.data(), text.size(), 0);
  int pid = 0;
  if (size > 0) std::from_chars(text.data(), text.data() + size, pid);
  return pid;
}

bool WriteHolder(int lock_fd) {
  const std::string text = fmt::format("{}\n", ::getpid());
  return ::ftruncate(lock_fd, 0) == 0 &&
         ::pwrite(lock_fd, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
}

std::string InUse(const std::string& path, int pid) {
  if (pid == 0) return fmt::format("state directory {} is in use by another process", path);
  return fmt::format("state directory {} is in use by process {}", path, pid);
}

}  // namespace

tl::expected<StateDir, std::string> StateDir::Acquire(const std::string& given) {
  std::string path = given;
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  const auto fail = [&path](int error) {
    return tl::unexpected(fmt::format("state directory {}: {}", path, std::strerror(error)));
  };
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  // An error so far shows again here, with the directory that was asked for.
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return fail(errno);

  const std::string lock_path = path + "/lock";
  const int fd = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return fail(errno);
  StateDir held(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return tl::unexpected(InUse(path, HolderOf(fd)));
    return fail(errno);
  }
  // The process id is for people only; the lock holds without it (a full disk).
  [[maybe_unused]] const bool is_written = WriteHolder(fd);
  return held;
}

StateDir::~StateDir() {
  if (lock_fd_ >= 0) ::close(lock_fd_);
}

StateDir::StateDir(StateDir&& other) noexcept : lock_fd_(std::exchange(other.lock_fd_, -1)) {}

StateDir& StateDir::operator=(StateDir&& other) noexcept {
  if (this == &other) return *this;
  if (lock_fd_ >= 0) ::close(lock_fd_);
  lock_fd_ = std::exchange(other.lock_fd_, -1);
  return *this;
}

}  // namespace gaikei
