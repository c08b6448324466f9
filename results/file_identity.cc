#include "results/file_identity.h"

#include <sys/stat.h>

namespace gaikei {

FileIdentity FileIdentity::At(const std::string& path) {
  FileIdentity identity;
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return identity;
  identity.device_ = status.st_dev;
  identity.inode_ = status.st_ino;
  return identity;
}

FileIdentity FileIdentity::Of(int descriptor) {
  FileIdentity identity;
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return identity;
  identity.device_ = status.st_dev;
  identity.inode_ = status.st_ino;
  return identity;
}

}  // namespace gaikei
