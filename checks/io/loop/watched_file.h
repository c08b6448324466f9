#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace gaikei::io {

/// A small text file of the system that may change while the program runs (/etc/hosts). Costs one
/// stat() while it does not.
class WatchedFile {
 public:
  explicit WatchedFile(std::string path) : path_(std::move(path)) {}

  /// The content at the first call, and whenever the file is another one since (time, size or
  /// inode). Empty text when there is no such file. Absent when nothing changed, and when it cannot
  /// be read now (no descriptor left): whoever asks keeps what it has, and the next call tries
  /// again.
  std::optional<std::string> ReadIfChanged();

 private:
  struct Stamp {
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;
    std::int64_t size = 0;
    std::uint64_t inode = 0;
    bool operator==(const Stamp&) const = default;
  };
  std::string path_;
  std::optional<Stamp> seen_;  // absent: never read; all zero: there was no file
};

}  // namespace gaikei::io
