#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

namespace gaikei::io {

/// A file of a test, empty at first, removed with the object. Writing makes it another file (a new
/// inode, moved into place), as editors and package managers do.
class TempFile {
 public:
  TempFile() {
    std::string pattern = "/tmp/gaikei-test-XXXXXX";
    const int fd = mkstemp(pattern.data());
    if (fd >= 0) close(fd);
    path_ = pattern;
  }
  ~TempFile() { Remove(); }
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;

  const std::string& path() const { return path_; }
  void Write(const std::string& text) const {
    const std::string fresh = path_ + ".new";
    std::ofstream(fresh) << text;
    std::rename(fresh.c_str(), path_.c_str());
  }
  void Remove() const { unlink(path_.c_str()); }

 private:
  std::string path_;
};

}  // namespace gaikei::io
