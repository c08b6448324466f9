#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "results/upstream/mackerel/api.h"
#include "results/upstream/mackerel/check_report.h"
#include "results/upstream/mackerel/minute.h"
#include "results/upstream/mackerel/prober_host.h"
#include "results/upstream/sink.h"
#include "results/upstream/sinks.h"

namespace gaikei::mackerel {

/// Check reports of Mackerel, on a host that stands for this prober.
///
/// - A check that comes to something else than before is reported at once; what is as before leaves
///   once a minute.
/// - What a newer report makes idle is not sent (Thinned()) and counts as sent.
/// - What Mackerel would ignore as too late is counted as expired when it would be sent. So are
///   roll-ups: what became of a check at a time cannot be told from them.
/// - A host that is gone is registered again, and the delivery goes on.
class ReportsSink final : public Sink {
 public:
  ReportsSink(const UpstreamSpec& spec, const SenderIdentity& sender, LaneStates& states,
              Transport& transport, std::function<WallTime()> now);

  std::size_t Prepare(std::span<const SpoolItem* const> items, const Limits& limits) override;
  void Send(Done done) override;
  void Cancel() override;
  std::vector<LaneState> Settle() override;
  void Discard() override;

 private:
  /// What was reported last under a name.
  struct Last {
    std::int64_t occurred_at = 0;
    Status status = Status::kUnknown;
  };

  bool IsNews(const SpoolItem& item) const;
  void Take(const SpoolItem& item, std::vector<CheckReport>& reports);
  void Thin(std::vector<CheckReport> reports);
  void PrepareHost();
  void PostNext();
  void OnPosted(std::size_t count, const ApiAnswer& answer);
  void OnRefused(const ApiAnswer& answer);
  void Finish(Verdict verdict);
  void Clear();

  const MackerelSpec spec_;
  const std::function<WallTime()> now_;
  Api api_;
  ProberHost host_;

  // The delivery.
  std::vector<CheckReport> reports_;
  std::size_t next_ = 0;                       ///< report that is sent next
  std::map<std::string, Last> last_prepared_;  ///< what it adds to `last_`
  std::uint64_t expired_ = 0;
  Minute minute_ = 0;       ///< in which it was prepared
  bool has_moved_ = false;  ///< the host was found gone since Send()
  bool is_taken_ = false;   ///< the last Send() was
  Done done_;

  // What outlives it.
  std::map<std::string, Last> last_;
  std::size_t bound_ = CheckReport::kPerCall;  ///< reports in one call
  std::optional<Minute> reported_minute_;      ///< of the last delivery that was taken
};

}  // namespace gaikei::mackerel
