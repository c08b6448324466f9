#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "results/spool/sample.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei {

/// Longest line that is sent; one that many long labels make longer is left out. Longer than one
/// datagram should be, it then travels alone.
inline constexpr std::size_t kStatsdLineLimit = 8192;

/// Samples as lines of statsd ("NAME:VALUE|TYPE", DogStatsD: "|#TAG,TAG" behind it). Pure.
///
/// With the default prefix:
/// - `gaikei.outcomes` counter: outcomes, by status and reason (no reason: no such tag)
/// - `gaikei.duration` timer, milliseconds; not of outcomes that are `unknown`
/// - `gaikei.phase.duration` timer, milliseconds, by phase
/// - `gaikei.success` gauge: 1 for pass and warn, 0 for fail, nothing for what could not be told
///
/// Tags are check, region and kind, the check's labels and the fixed ones of the mapping. Without
/// tags names go on with check and region, labels ("NAME_VALUE", sorted), and then status and
/// reason, or the phase: "gaikei.outcomes.home.tokyo.team_shop.fail.dns_timeout".
///
/// A roll-up gives its exact counts. Its durations stay behind: statsd knows none that are counted
/// already.
class StatsdLines {
 public:
  /// Both outlive it.
  StatsdLines(const StatsdSpec& spec, const LabelMapping& mapping)
      : spec_(spec), mapping_(mapping) {}

  /// Appends the lines of an item. False: one of them is too long, and left out.
  bool Add(const SpoolItem& item, std::vector<std::string>& lines) const;

 private:
  /// What the lines of one series have in common.
  struct Common {
    std::string nodes;  ///< of the name, each with its dot in front
    std::string tags;   ///< with "," between
  };
  /// A label beside those: ours, value.
  using Extra = std::pair<std::string_view, std::string_view>;

  Common CommonOf(const SampleSeries& series) const;
  void AddLabel(std::string_view name, std::string_view value, Common& common) const;
  void AddSample(const Sample& sample, const Common& common, std::vector<std::string>& lines) const;
  void AddRollup(const Rollup& rollup, const Common& common, std::vector<std::string>& lines) const;
  void AddCount(Status status, Reason reason, std::uint64_t count, const Common& common,
                std::vector<std::string>& lines) const;
  std::string Line(std::string_view metric, std::string_view value, std::string_view type,
                   const Common& common, const std::vector<Extra>& extras) const;

  const StatsdSpec& spec_;
  const LabelMapping& mapping_;
};

}  // namespace gaikei
