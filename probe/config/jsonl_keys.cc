#include "probe/config/jsonl_keys.h"

#include <fmt/format.h>

namespace gaikei {
namespace {

constexpr std::uint64_t kSmallestFile = std::uint64_t{64} << 10U;
constexpr std::uint64_t kLargestFile = std::uint64_t{1} << 40U;
constexpr std::int64_t kMaxFiles = 1000;

}  // namespace

void ReadJsonlKeys(TableReader& reader, const UpstreamNames& /*names*/, UpstreamSpec& spec) {
  ErrorList& errors = reader.errors();
  if (reader.table().Find("path") == nullptr) {
    errors.Add(reader.table().key_position,
               fmt::format("upstream {} has no path", Quoted(reader.table().key)));
  }
  if (auto path = reader.Line("path")) spec.jsonl.path = *path;
  if (auto size = reader.Size("max_size", kSmallestFile, kLargestFile)) {
    spec.jsonl.max_size = *size;
  }
  if (auto files = reader.Integer("max_files", 1, kMaxFiles)) {
    spec.jsonl.max_files = static_cast<unsigned>(*files);
  }
  const Node* size = reader.table().Find("max_size");
  const Node* files = reader.table().Find("max_files");
  if (files != nullptr && size == nullptr) {
    errors.Add(files->key_position, "max_files goes with max_size");
  }
  if (size != nullptr && spec.jsonl.path == "-") {
    errors.Add(size->key_position, "standard output has no size: max_size goes with a file");
  }
}

}  // namespace gaikei
