#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "results/upstream/mackerel/api.h"
#include "results/upstream/mackerel/bookshelf.h"
#include "results/upstream/mackerel/outage.h"
#include "results/upstream/mackerel/service_metrics.h"
#include "results/upstream/sink.h"
#include "results/upstream/sinks.h"

namespace gaikei::mackerel {

/// Service metrics of Mackerel by the minute, and its graph annotations.
///
/// - A minute is posted as a whole, a few seconds after it is over, all checks together; never a
/// part
///   of it, unless the process ends within it. What comes late is merged and the minute posted
///   again.
/// - Where one minute brings more samples than a delivery may cover, they are taken into the books
///   without being posted, until the last of them is there.
/// - What is too old for Mackerel is counted as expired when it would be sent.
/// - Annotations follow metrics that were taken. One that cannot be made stays for the next
/// delivery;
///   it holds up nothing.
class MetricsSink final : public Sink {
 public:
  MetricsSink(const UpstreamSpec& spec, const SenderIdentity& sender, LaneStates& states,
              Transport& transport, std::function<WallTime()> now);

  std::size_t Prepare(std::span<const SpoolItem* const> items, const Limits& limits) override;
  void Send(Done done) override;
  void Cancel() override;
  std::vector<LaneState> Settle() override;
  void Discard() override;

 private:
  struct Announcement {
    BookKey key;
    Outage outage;
    bool is_over = false;  ///< made, or given up
  };
  struct Cover {
    std::size_t items = 0;       ///< that the delivery covers
    std::optional<Minute> held;  ///< that is not posted yet: not all of it is there
    bool is_all = false;         ///< nothing that could be posted is left behind
  };

  Cover CoverOf(std::span<const SpoolItem* const> items, const Limits& limits) const;
  void Take(const SpoolItem& item, Minute current, std::optional<Minute> held);
  void Collect(std::optional<Minute> held);
  void CollectFrom(const CheckBook& book, std::optional<Minute> held);
  void CollectAnnouncements(bool is_final);
  void PostNext();
  void OnPosted(std::size_t end, const ApiAnswer& answer);
  void AnnounceNext();
  void OnAnnounced(const Verdict& verdict);
  void Finish(Verdict verdict);
  void Clear();

  const std::string service_;
  const std::string prefix_;
  const bool has_annotations_;
  MetricFamilies families_;
  const std::function<WallTime()> now_;
  Api api_;
  Bookshelf shelf_;

  // The delivery.
  std::size_t covered_ = 0;
  bool is_complete_ = false;                  ///< Cover::is_all
  std::int64_t round_ = 0;                    ///< in which it was made, see RoundOf()
  std::vector<MetricValue> values_;           ///< by minute
  std::size_t next_ = 0;                      ///< value that is sent next
  std::map<Minute, std::uint64_t> waiting_;   ///< samples by minute that is not wholly sent
  std::set<std::pair<BookKey, Minute>> due_;  ///< minutes that `values_` are of
  std::vector<Announcement> announcements_;
  std::size_t next_announcement_ = 0;
  std::uint64_t expired_ = 0;  ///< samples
  std::string note_;           ///< for the verdict's message
  Done done_;

  // What outlives it.
  std::size_t bound_;                  ///< values in one call
  std::optional<Verdict::Kind> last_;  ///< how the last Send() ended; absent: none of this delivery
  std::size_t suspects_ = 0;  ///< items from the cursor on among which something is refused
  std::optional<std::int64_t> posted_round_;  ///< in which everything was posted
};

}  // namespace gaikei::mackerel
