#pragma once

#include <sys/types.h>

#include <string>

namespace gaikei {

/// Tells a file from another one that has come in its place.
class FileIdentity {
 public:
  /// Of none.
  FileIdentity() = default;
  /// Of the file that is there; of none where there is no file.
  static FileIdentity At(const std::string& path);
  /// Of an open one.
  static FileIdentity Of(int descriptor);

  bool is_known() const { return inode_ != 0; }
  bool operator==(const FileIdentity& other) const = default;

 private:
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace gaikei
