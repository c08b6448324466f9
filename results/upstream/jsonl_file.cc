#include "results/upstream/jsonl_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "results/text.h"
#include "results/upstream/jsonl_lines.h"

namespace gaikei {
namespace {

/// A torn line is not looked for further back than this.
constexpr std::uint64_t kTailLimit = std::uint64_t{4} << 20U;

/// What stands behind the last line feed, at most kTailLimit bytes; absent when it cannot be read,
/// or there is none so near.
std::optional<std::string> ReadTail(int fd, std::uint64_t size) {
  std::string tail;
  constexpr std::uint64_t kPiece = std::uint64_t{64} << 10U;
  while (size > 0 && tail.size() < kTailLimit) {
    const std::uint64_t count = std::min(size, kPiece);
    std::string piece(count, '\0');
    const ssize_t n = ::pread(fd, piece.data(), count, static_cast<off_t>(size - count));
    if (n != static_cast<ssize_t>(count)) return std::nullopt;
    const auto feed = piece.rfind('\n');
    if (feed != std::string::npos) return piece.substr(feed + 1) + tail;
    tail.insert(0, piece);
    size -= count;
  }
  if (size > 0) return std::nullopt;
  return tail;
}

bool IsOurs(std::string_view torn) {
  const std::string_view beginning(kJsonlBeginning);
  return torn.substr(0, beginning.size()) == beginning.substr(0, torn.size());
}

int ErrorOf(int opened) { return opened < 0 ? errno : 0; }

}  // namespace

JsonlFile::JsonlFile(const JsonlSpec& spec)
    : path_(spec.path), max_size_(spec.max_size), max_files_(std::max(spec.max_files, 1U)) {}

JsonlFile::~JsonlFile() { Close(); }

void JsonlFile::Close() {
  stream_.reset();
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

std::uint64_t JsonlFile::Size() const {
  struct stat info {};
  return ::fstat(fd_, &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

int JsonlFile::Open() {
  struct stat open_one {};
  struct stat at_path {};
  const bool is_same = fd_ >= 0 && ::fstat(fd_, &open_one) == 0 &&
                       ::stat(path_.c_str(), &at_path) == 0 && open_one.st_dev == at_path.st_dev &&
                       open_one.st_ino == at_path.st_ino;
  if (!is_same) {
    Close();
    if (const int error = OpenAnew(); error != 0) return error;
  }
  return may_be_torn_ ? EndTornLine() : 0;
}

int JsonlFile::OpenAnew() {
  struct stat info {};
  // A pipe that is opened for reading too would never tell that its reader has gone.
  const bool is_special = ::stat(path_.c_str(), &info) == 0 && !S_ISREG(info.st_mode);
  const int flags = O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  int error = EACCES;
  if (!is_special) {
    fd_ = ::open(path_.c_str(), flags | O_RDWR, 0640);
    error = ErrorOf(fd_);
  }
  if (error == EACCES) {
    fd_ = ::open(path_.c_str(), flags | O_WRONLY, 0640);
    error = ErrorOf(fd_);
  }
  if (error != 0) return error;
  if (::fstat(fd_, &info) == 0 && !S_ISREG(info.st_mode)) {
    stream_.emplace(fd_);
    may_be_torn_ = false;
  } else {
    may_be_torn_ = true;
  }
  return 0;
}

int JsonlFile::EndTornLine() {
  const std::uint64_t size = Size();
  char last = '\n';
  if (size > 0 && ::pread(fd_, &last, 1, static_cast<off_t>(size - 1)) != 1) last = '\n';
  if (last == '\n') {
    may_be_torn_ = false;
    return 0;
  }
  const auto tail = ReadTail(fd_, size);
  // Of ours it was not counted as taken, and comes once more. Others' lines are not ours to cut.
  const bool is_done = tail && IsOurs(*tail)
                           ? ::ftruncate(fd_, static_cast<off_t>(size - tail->size())) == 0
                           : ::write(fd_, "\n", 1) == 1;
  if (!is_done) return errno;
  may_be_torn_ = false;
  return 0;
}

Appended JsonlFile::Append(std::string_view lines) {
  const QuietWrites quiet;
  rotation_trouble_.clear();
  if (const int error = Open(); error != 0) return {0, error};
  if (stream_) return stream_->Append(lines);
  return AppendToFile(lines);
}

Appended JsonlFile::AppendToFile(std::string_view lines) {
  std::size_t taken = 0;
  while (taken < lines.size()) {
    std::size_t count = Fitting(lines.substr(taken));
    if (count == 0 && Rotate()) {
      // What was put aside is on the disk.
      if (const int error = Open(); error != 0) return {taken, error};
      count = Fitting(lines.substr(taken));
    }
    // No other way to keep the line than to let the file grow.
    if (count == 0) count = lines.size() - taken;
    const Appended written = Write(lines.substr(taken, count));
    if (written.error != 0) {
      const int error = Sync();
      return {error == 0 ? taken + written.bytes : 0, written.error};
    }
    taken += count;
  }
  const int error = Sync();
  return {error == 0 ? taken : 0, error};
}

std::size_t JsonlFile::Fitting(std::string_view lines) const {
  if (max_size_ == 0) return lines.size();
  const std::uint64_t size = Size();
  const std::uint64_t room = max_size_ - std::min(size, max_size_);
  if (lines.size() <= room) return lines.size();
  const auto end = room == 0 ? std::string_view::npos : lines.rfind('\n', room - 1);
  if (end != std::string_view::npos) return end + 1;
  return size == 0 ? lines.find('\n') + 1 : 0;  // longer than any file may be
}

Appended JsonlFile::Write(std::string_view lines) {
  std::size_t written = 0;
  int error = 0;
  while (written < lines.size() && error == 0) {
    const ssize_t n = ::write(fd_, lines.data() + written, lines.size() - written);
    if (n > 0) written += static_cast<std::size_t>(n);
    if (n == 0) error = ENOSPC;
    if (n < 0 && errno != EINTR) error = errno;
  }
  if (error == 0) return {written, 0};
  const auto end = written == 0 ? std::string_view::npos : lines.rfind('\n', written - 1);
  const std::size_t whole = end == std::string_view::npos ? 0 : end + 1;
  const std::uint64_t torn = written - whole;
  const std::uint64_t size = Size();
  const bool is_cut =
      torn == 0 || (size >= torn && ::ftruncate(fd_, static_cast<off_t>(size - torn)) == 0);
  may_be_torn_ = !is_cut;
  return {whole, error};
}

int JsonlFile::Sync() const {
  // What has no disk behind it has nothing to wait for.
  return ::fdatasync(fd_) == 0 || errno == EINVAL ? 0 : errno;
}

bool JsonlFile::Rotate() {
  if (Size() == 0) return false;
  const auto name = [this](unsigned number) { return fmt::format("{}.{}", path_, number); };
  const auto put = [this](const std::string& from, const std::string& to) {
    if (std::rename(from.c_str(), to.c_str()) == 0) return true;
    const int error = errno;
    rotation_trouble_ = fmt::format("{} cannot be renamed: {}", Escape(from, 300),
                                    std::generic_category().message(error));
    return false;
  };
  if (Sync() != 0) return false;
  unsigned last = 0;
  while (last < max_files_ - 1 && ::access(name(last + 1).c_str(), F_OK) == 0) ++last;
  // The oldest first, and none over one that has not moved.
  for (unsigned number = last; number >= 1; --number) {
    if (!put(name(number), name(number + 1))) return false;
  }
  if (!put(path_, name(1))) return false;
  Close();
  return true;
}

}  // namespace gaikei
