#include "results/spool/spool_mark.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "results/spool/spool_fields.h"

namespace gaikei {
namespace {

/// Many times what all lanes together take.
constexpr std::size_t kMostBytes = std::size_t{1} << 20U;

}  // namespace

void WriteMark(const std::string& path, const SpoolMark& mark) {
  FieldWriter out;
  out.Put(mark.commits);
  out.Put(mark.next_sequence);
  for (const LaneRow& lane : mark.lanes) {
    out.PutText(lane.name);
    out.PutText(EncodeLane(lane));
  }
  out.PutCrc();
  // Whatever stands in its place must not hold us up.
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0600);
  if (file < 0) return;
  const std::string& bytes = out.bytes();
  const ssize_t written = ::pwrite(file, bytes.data(), bytes.size(), 0);
  // What is left of a longer one behind it would spoil it; so would half of it.
  [[maybe_unused]] const int cut = ::ftruncate(file, written < 0 ? 0 : written);
  ::close(file);
}

std::optional<SpoolMark> ReadMark(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  struct stat status {};
  std::string bytes;
  if (::fstat(file, &status) == 0 && S_ISREG(status.st_mode) &&
      static_cast<std::size_t>(status.st_size) <= kMostBytes) {
    bytes.resize(static_cast<std::size_t>(status.st_size));
  }
  const ssize_t size = ::read(file, bytes.data(), bytes.size());
  ::close(file);
  if (size != static_cast<ssize_t>(bytes.size())) return std::nullopt;
  FieldReader in(bytes);
  if (!in.TakeCrc()) return std::nullopt;
  SpoolMark mark;
  mark.commits = in.Take();
  mark.next_sequence = in.Take();
  while (!in.is_at_end()) {
    std::string name(in.TakeText());
    auto lane = DecodeLane(std::move(name), in.TakeText());
    if (!lane) return std::nullopt;
    mark.lanes.push_back(std::move(*lane));
  }
  if (!in.is_good()) return std::nullopt;
  return mark;
}

}  // namespace gaikei
