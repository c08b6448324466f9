#include "results/upstream/remote_write/request_writer.h"

#include <snappy.h>

namespace gaikei::remote_write {

std::unique_ptr<RequestWriter> MakeRequest(Version version) {
  return version == Version::kOne ? MakeRequestOne() : MakeRequestTwo();
}

std::string Compressed(std::string_view bytes) {
  std::string out;
  snappy::Compress(bytes.data(), bytes.size(), &out);
  return out;
}

}  // namespace gaikei::remote_write
