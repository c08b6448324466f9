#pragma once

#include <string>

namespace gaikei {

/// Room on a disk that is given up when the disk is full, so that a database on it can finish what
/// makes room: deleting takes some, too. A file of at most 4 MiB and a quarter of the disk.
class DiskReserve {
 public:
  explicit DiskReserve(std::string path) : path_(std::move(path)) {}

  /// Makes the file where it is not there and the disk has room for more than it.
  void Keep();
  /// Gives the room back; false where there is none to give.
  bool Release();

 private:
  std::string path_;
};

}  // namespace gaikei
