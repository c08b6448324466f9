#pragma once

#include <filesystem>
#include <string>

namespace gaikei::support {

/// A directory of the test's own, gone with everything in it when this is destroyed.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string Path(const std::string& name) const { return path_ / name; }
  /// Writes a file of that name and gives its path.
  std::string Write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
};

/// All of a file; throws std::runtime_error when it cannot be read.
std::string ReadFile(const std::string& path);
void WriteFile(const std::string& path, const std::string& text);

}  // namespace gaikei::support
