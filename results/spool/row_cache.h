#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "results/spool/sample.h"

namespace gaikei {

/// The items of a row, as several lanes read them.
struct DecodedRow {
  std::vector<SpoolItem> items;
};

/// Rows that were decoded lately, so that lanes that are near each other do that once. Bounded by
/// what the items take in memory, about.
class RowCache {
 public:
  enum class Table : std::uint8_t { kBatch, kFold };
  /// Of kBatch the row's first sequence, of kFold its id.
  using Key = std::pair<Table, std::uint64_t>;

  explicit RowCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// Null where it is not there.
  std::shared_ptr<const DecodedRow> Find(Key key);
  void Put(Key key, std::shared_ptr<const DecodedRow> row);
  void Erase(Key key);
  void Clear();

  /// What an item takes in memory, about.
  static std::size_t BytesOf(const SpoolItem& item);

 private:
  struct Entry {
    std::shared_ptr<const DecodedRow> row;
    std::size_t bytes = 0;
    std::list<Key>::iterator place;
  };

  const std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::map<Key, Entry> entries_;
  std::list<Key> order_;  ///< latest use first
};

}  // namespace gaikei
