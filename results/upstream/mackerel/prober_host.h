#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "results/spool/lane_state.h"
#include "results/spool/sample.h"
#include "results/upstream/mackerel/api.h"
#include "results/upstream/sinks.h"

namespace gaikei::mackerel {

/// The host of Mackerel that stands for this prober: registered once, known by a custom identifier
/// that is made of its name, with a list of the checks that report on it. A host of the same name
/// that somebody else registered is left alone.
///
/// Mackerel deletes what is missing from the list and has no open alert, so the list is remembered,
/// as what is kept of series 0.
class ProberHost {
 public:
  using Done = std::function<void(Verdict)>;
  using Found = std::function<void(Verdict, bool is_gone)>;

  /// References outlive it. `host_name` empty: "gaikei-" and the region.
  ProberHost(Api& api, LaneStates& states, const std::string& host_name,
             const SenderIdentity& sender);

  /// The check is (is not) on the list, provisionally.
  void Add(const SampleSeries& series);
  void Remove(const SampleSeries& series);
  /// What was added and removed holds: gives what is to be kept; absent: nothing changed.
  std::optional<LaneState> Keep();
  /// It does not.
  void Drop();

  /// Makes sure that the host is there and its list is as it should be. kTaken: `id()` is known.
  /// What Mackerel refuses here is no fault of the samples: never kRefused or kTooLarge.
  void Ensure(Done done);
  /// Asks whether the host is still there; where it is gone, it is made anew by the next Ensure().
  void LookAgain(Found found);
  /// Empty: not known.
  const std::string& id() const { return id_; }
  std::string NameOf(const SampleSeries& series) const;

 private:
  /// Memos by name of report.
  using List = std::map<std::string, std::string>;

  void Load();
  void Find(Done done);
  void Register(Done done);
  void Update(Done done);
  std::string BodyOf() const;
  void SetId(std::string id);

  Api& api_;
  LaneStates& states_;
  const std::string name_;
  const std::string identifier_;
  const std::string region_;
  const std::string version_;

  bool is_loaded_ = false;
  bool is_changed_ = false;  ///< since Keep()
  std::string id_;
  List list_;                   ///< as it should be, provisional changes included
  std::optional<List> before_;  ///< them excluded; absent: there are none
  std::optional<List> listed_;  ///< as Mackerel has it; absent: not known
};

}  // namespace gaikei::mackerel
