#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "results/spool/sample.h"
#include "results/spool/spool_rows.h"

namespace gaikei {

/// A series, and what is to be known of it while samples are taken in.
struct KnownSeries {
  std::shared_ptr<const SampleSeries> series;  ///< never null
  Sequence departed = 0;                       ///< SeriesRow::departed
  std::vector<bool> wanted;                    ///< by LaneBook::index: the lane's upstream wants it
  bool is_changed = false;                     ///< since it was written
  /// Identities that it is found by without looking at what they say.
  std::vector<const CheckIdentity*> addresses;
};

/// All series that something in the spool may be of. What it points to stays where it is.
class SeriesBook {
 public:
  /// One that was read. Another of the same identity is the one that is found from now on.
  void Add(SeriesRow row);
  /// Null where there is none.
  KnownSeries* Find(std::int64_t id) const;
  /// Null where it was not known: Begin() it then. Quick where the same identity comes again.
  KnownSeries* Find(const std::shared_ptr<const CheckIdentity>& check, const std::string& region);
  KnownSeries& Begin(const std::shared_ptr<const CheckIdentity>& check, const std::string& region);
  /// Those of that check and region, departed ones too.
  std::vector<KnownSeries*> In(const std::string& check, const std::string& region) const;
  /// Checks and regions of which some series has not departed.
  std::vector<std::pair<std::string, std::string>> Present() const;
  void SetDeparted(KnownSeries& known, Sequence departed);
  /// It is to be written, though nothing about it is new.
  void WriteAgain(KnownSeries& known) { Change(known); }
  /// Those that departed from there up to the position, oldest first, at most so many.
  std::vector<KnownSeries*> Departed(Sequence from, Sequence until, std::size_t limit) const;
  void Forget(std::int64_t id);

  const std::unordered_map<std::int64_t, std::unique_ptr<KnownSeries>>& all() const {
    return by_id_;
  }
  /// To be written; Written() when that has been done.
  const std::vector<std::int64_t>& changed() const { return changed_; }
  void Written();
  /// All of them have to be: the file is a new one.
  void ChangeAll();

  std::int64_t next_id() const { return next_id_; }
  /// Never again below.
  void RaiseNextId(std::int64_t id);

 private:
  using Place = std::pair<std::string, std::string>;
  /// What was found by the address of an identity, and what keeps that address from being
  /// another's.
  struct Remembered {
    std::shared_ptr<const CheckIdentity> check;
    std::vector<std::pair<std::string, KnownSeries*>> by_region;
  };
  KnownSeries& Insert(SeriesRow row);
  void Change(KnownSeries& known);
  void Remember(const std::shared_ptr<const CheckIdentity>& check, KnownSeries& known);

  std::int64_t next_id_ = 1;
  std::unordered_map<std::int64_t, std::unique_ptr<KnownSeries>> by_id_;
  std::unordered_map<std::string, KnownSeries*> by_identity_;
  std::unordered_map<const CheckIdentity*, Remembered> by_address_;
  std::map<Place, std::vector<KnownSeries*>> by_place_;
  std::map<Sequence, std::int64_t> departed_;
  std::vector<std::int64_t> changed_;
};

}  // namespace gaikei
