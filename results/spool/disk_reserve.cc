#include "results/spool/disk_reserve.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

namespace gaikei {
namespace {

constexpr std::uint64_t kMost = std::uint64_t{4} << 20U;
/// Less than this would be of no help.
constexpr std::uint64_t kLeast = std::uint64_t{128} << 10U;
/// Of the disk, and of what is free of it. It has to hold what the log beside the database has not
/// brought into it yet, about two megabytes.
constexpr std::uint64_t kShareOfDisk = 4;
constexpr std::uint64_t kShareOfFree = 2;
constexpr mode_t kMode = 0600;

}  // namespace

void DiskReserve::Keep() {
  if (::access(path_.c_str(), F_OK) == 0) return;
  const std::string directory = path_.substr(0, path_.rfind('/'));
  struct statvfs disk {};
  if (::statvfs(directory.c_str(), &disk) != 0) return;
  const std::uint64_t block = disk.f_frsize;
  const std::uint64_t size = std::min(kMost, block * disk.f_blocks / kShareOfDisk);
  if (size < kLeast || block * disk.f_bavail < size * kShareOfFree) return;
  const int file = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kMode);
  if (file < 0) return;
  const bool is_made = ::posix_fallocate(file, 0, static_cast<off_t>(size)) == 0;
  ::close(file);
  if (!is_made) ::unlink(path_.c_str());
}

bool DiskReserve::Release() { return ::unlink(path_.c_str()) == 0; }

}  // namespace gaikei
