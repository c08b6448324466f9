#include "results/upstream/jsonl.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "results/outcome_json.h"

namespace gaikei {
namespace {

/// A write of at most so many bytes, whole lines.
constexpr std::size_t kChunk = 256 * 1024;

/// How many bytes of `text` the descriptor took; fewer than all after an error.
std::size_t WriteAll(int fd, const std::string& text) {
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t n = ::write(fd, text.data() + written, text.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    written += static_cast<std::size_t>(n);
  }
  return written;
}

/// Takes back the last `bytes` of a regular file.
void CutOff(int fd, std::size_t bytes) {
  struct stat info {};
  if (bytes == 0 || ::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return;
  const auto size = static_cast<std::size_t>(info.st_size);
  if (size < bytes) return;
  // Where even that fails, the next line is joined to the torn one: nothing more can be done here.
  [[maybe_unused]] const int result = ::ftruncate(fd, static_cast<off_t>(size - bytes));
}

}  // namespace

JsonlUpstream::JsonlUpstream(std::string name, int fd, bool owns_fd)
    : name_(std::move(name)), fd_(fd), owns_fd_(owns_fd) {}

JsonlUpstream::~JsonlUpstream() {
  if (owns_fd_) ::close(fd_);
}

tl::expected<std::unique_ptr<Upstream>, std::string> JsonlUpstream::Open(std::string name,
                                                                         const std::string& path) {
  if (path == "-") {
    return std::unique_ptr<Upstream>(new JsonlUpstream(std::move(name), STDOUT_FILENO, false));
  }
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (fd < 0) return tl::unexpected(path + ": " + std::strerror(errno));
  return std::unique_ptr<Upstream>(new JsonlUpstream(std::move(name), fd, true));
}

void JsonlUpstream::Send(std::span<const Outcome> outcomes) {
  std::string chunk;
  std::uint64_t lines = 0;
  const auto send_chunk = [&] {
    const std::size_t written = WriteAll(fd_, chunk);
    if (written == chunk.size()) {
      sent_ += lines;
    } else {
      const std::string_view taken = std::string_view(chunk).substr(0, written);
      const auto whole = static_cast<std::uint64_t>(std::count(taken.begin(), taken.end(), '\n'));
      const auto end = taken.rfind('\n');
      CutOff(fd_, end == std::string_view::npos ? written : written - end - 1);
      sent_ += whole;
      dropped_ += lines - whole;
    }
    chunk.clear();
    lines = 0;
  };
  for (const Outcome& outcome : outcomes) {
    chunk += ToJson(outcome);
    chunk += '\n';
    ++lines;
    if (chunk.size() >= kChunk) send_chunk();
  }
  if (lines > 0) send_chunk();
}

}  // namespace gaikei
