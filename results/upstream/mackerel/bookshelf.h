#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "results/spool/lane_state.h"
#include "results/spool/sample.h"
#include "results/upstream/mackerel/check_book.h"

namespace gaikei::mackerel {

/// Check and region.
using BookKey = std::pair<std::string, std::string>;

/// The books of all checks: kept ones, and what a delivery would make of them.
///
/// A series of the spool is one set of labels of a check; a book outlives it. It is kept as what is
/// remembered of the series that wrote into it last; series 0 remembers which those are.
class Bookshelf {
 public:
  /// `states` outlives it.
  explicit Bookshelf(LaneStates& states) : states_(states) {}

  /// The book that the series writes into, to be changed provisionally. Valid until Keep(), Drop()
  /// or Remove() of it.
  CheckBook& Change(const SampleSeries& series);
  /// Likewise. REQUIRES: it is there.
  CheckBook& Change(const BookKey& key);
  /// As it is now, provisional changes included. Null where there is none.
  const CheckBook* Find(const BookKey& key);
  /// Whose books there are, in order, provisional ones included.
  std::vector<BookKey> Keys();
  /// Forgets a book, provisionally.
  void Remove(const BookKey& key);

  /// What was changed holds: gives what is to be kept. Every changed book is pruned.
  std::vector<LaneState> Keep();
  /// It does not.
  void Drop();

 private:
  struct Entry {
    std::int64_t series = 0;  ///< that it is kept under
    CheckBook book;
  };
  using Entries = std::map<BookKey, Entry>;

  /// Reads what is kept, once.
  void Load();
  std::string EncodeDirectory() const;
  Entry* Changeable(const BookKey& key);

  LaneStates& states_;
  bool is_loaded_ = false;
  Entries kept_;
  std::map<BookKey, std::optional<Entry>> changed_;  // absent: removed
};

}  // namespace gaikei::mackerel
