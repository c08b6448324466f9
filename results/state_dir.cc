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

#include "results/file_identity.h"

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

/// The disk takes nothing at present. Whatever else is wrong, somebody has to mend.
bool IsOfTheDisk(int error) {
  return error == ENOSPC || error == EDQUOT || error == EROFS || error == EIO;
}

/// -1 and errno where it cannot be had. One that is there can be locked on a disk that takes
/// nothing, too.
int OpenLock(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd >= 0 || !IsOfTheDisk(errno)) return fd;
  const int why = errno;
  const int there = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (there < 0) errno = why;
  return there;
}

}  // namespace

StateDir::~StateDir() {
  if (lock_fd_ >= 0) ::close(lock_fd_);
}

StateDir::Attempt StateDir::Take() {
  const auto fail = [this](int error) {
    return Attempt{Holding::kOut,
                   fmt::format("state directory {}: {}", path_, std::strerror(error)),
                   !IsOfTheDisk(error)};
  };
  const std::filesystem::path parent = std::filesystem::path(path_).parent_path();
  std::error_code error;
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (error && IsOfTheDisk(error.value())) return fail(error.value());
  // Any other error so far shows again here, with the directory that was asked for.
  if (::mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST) return fail(errno);

  const int fd = OpenLock(lock_path());
  if (fd < 0) return fail(errno);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const int why = errno;
    const int pid = HolderOf(fd);
    ::close(fd);
    if (why != EWOULDBLOCK) return fail(why);
    return {Holding::kOthers, InUse(path_, pid), true};
  }
  // The process id is for people only; the lock holds without it (a full disk).
  [[maybe_unused]] const bool is_written = WriteHolder(fd);
  if (lock_fd_ >= 0) ::close(lock_fd_);
  lock_fd_ = fd;
  return {};
}

tl::expected<std::shared_ptr<StateDir>, std::string> StateDir::Acquire(const std::string& given,
                                                                       Say say) {
  std::string path = given;
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  std::shared_ptr<StateDir> directory(new StateDir(std::move(path), std::move(say)));
  Attempt attempt = directory->Take();
  if (attempt.trouble.empty()) return directory;
  if (attempt.is_lasting) return tl::unexpected(std::move(attempt.trouble));
  directory->Tell(attempt.trouble + ": nothing is kept there until it takes something again");
  return directory;
}

void StateDir::Tell(const std::string& text) {
  if (text == told_) return;
  told_ = text;
  if (say_) say_(text);
}

Holding StateDir::Hold() {
  const std::lock_guard lock(mutex_);
  if (lock_fd_ >= 0 && FileIdentity::At(lock_path()) == FileIdentity::Of(lock_fd_)) {
    return Holding::kHeld;
  }
  const bool was_held = lock_fd_ >= 0;
  const Attempt attempt = Take();
  if (attempt.trouble.empty()) {
    Tell(was_held ? fmt::format("state directory {}: it or the lock in it was removed; made and "
                                "taken anew, so that no other process uses it",
                                path_)
                  : fmt::format("state directory {}: held; what comes from now on is kept", path_));
    // If it is lost again, that is worth telling again.
    told_.clear();
  } else {
    Tell(attempt.trouble + (was_held ? "; it or the lock in it was removed: " : ": ") +
         "nothing is kept there");
  }
  return attempt.holding;
}

}  // namespace gaikei
