#include "probe/series_budget.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <string_view>
#include <utility>

#include "results/counted.h"
#include "results/text.h"
#include "results/upstream/mapping.h"
#include "results/upstream/sinks.h"

namespace gaikei {
namespace {

/// Checks that are named in an error.
constexpr std::size_t kNamed = 5;

std::uint64_t SeriesOf(const UpstreamSpec& spec, const CheckIdentity& check) {
  switch (spec.type) {
    case UpstreamType::kOtlp:
      return OtlpSeriesOf(spec, check);
    case UpstreamType::kRemoteWrite:
      return RemoteWriteSeriesOf(spec, check);
    case UpstreamType::kMackerel:
      return MackerelSeriesOf(spec, check);
    case UpstreamType::kStatsd:
      return StatsdSeriesOf(spec, check);
    case UpstreamType::kJsonl:
      return 0;  // lines, each by itself
  }
  return 0;
}

/// Everything that outcomes will come from.
struct Sources {
  const std::vector<PlannedCheck>& plan;
  const std::vector<PlannedHeartbeat>& heartbeats;

  using Each = std::function<void(const CheckIdentity& check)>;
  /// Each check once for each region that the selection lets pass, all regions of one check in a
  /// row.
  void Visit(const SampleSelection& selection, const Each& each) const {
    SampleSeries series;
    const auto visit = [&](const std::shared_ptr<const CheckIdentity>& check,
                           const std::string& region) {
      series.check = check;
      series.region = region;
      if (Selects(selection, series)) each(*check);
    };
    for (const PlannedCheck& planned : plan) visit(planned.identity, planned.region->name);
    for (const PlannedHeartbeat& planned : heartbeats) visit(planned.identity, planned.region);
  }
};

std::uint64_t TotalOf(const UpstreamSpec& spec, const Sources& sources) {
  std::uint64_t series = 0;
  sources.Visit(spec.selection,
                [&](const CheckIdentity& check) { series += SeriesOf(spec, check); });
  return series;
}

UpstreamLoad LoadOf(const UpstreamSpec& spec, const Sources& sources) {
  UpstreamLoad load{.name = spec.name, .type = spec.type};
  const CheckIdentity* last = nullptr;
  sources.Visit(spec.selection, [&](const CheckIdentity& check) {
    if (&check != last) ++load.checks;
    last = &check;
    load.series += SeriesOf(spec, check);
  });
  return load;
}

/// Where the series come from.
struct Breakdown {
  struct Share {
    std::uint64_t checks = 0;
    std::uint64_t series = 0;
  };
  std::map<std::string_view, Share> kinds;
  std::vector<std::pair<std::uint64_t, std::string_view>> checks;  ///< series and name
};

Breakdown BreakDown(const UpstreamSpec& spec, const Sources& sources) {
  Breakdown breakdown;
  const CheckIdentity* last = nullptr;
  sources.Visit(spec.selection, [&](const CheckIdentity& check) {
    Breakdown::Share& kind = breakdown.kinds[check.kind];
    if (&check != last) {
      breakdown.checks.emplace_back(0, check.name);
      ++kind.checks;
    }
    last = &check;
    const std::uint64_t series = SeriesOf(spec, check);
    breakdown.checks.back().first += series;
    kind.series += series;
  });
  return breakdown;
}

/// `http 4800 (100 checks), dns 56 (1 check)`, the most first.
std::string KindsText(const Breakdown& breakdown) {
  std::vector<std::pair<std::string_view, Breakdown::Share>> kinds(breakdown.kinds.begin(),
                                                                   breakdown.kinds.end());
  std::stable_sort(kinds.begin(), kinds.end(),
                   [](const auto& a, const auto& b) { return a.second.series > b.second.series; });
  std::string text;
  for (const auto& [kind, share] : kinds) {
    text += fmt::format("{}{} {} ({})", text.empty() ? "" : ", ", kind, share.series,
                        Counted(share.checks, "check"));
  }
  return text;
}

/// `"home" 56, "zone" 48`, the most first, then by name.
std::string ChecksText(Breakdown breakdown) {
  auto& checks = breakdown.checks;
  const std::size_t count = std::min(checks.size(), kNamed);
  std::partial_sort(checks.begin(), checks.begin() + static_cast<std::ptrdiff_t>(count),
                    checks.end(), [](const auto& a, const auto& b) {
                      return a.first != b.first ? a.first > b.first : a.second < b.second;
                    });
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += fmt::format("{}\"{}\" {}", i == 0 ? "" : ", ", Escape(checks[i].second, 100),
                        checks[i].first);
  }
  return text;
}

/// What is left when a family is not sent: `drop = ["phases"] leaves 2100, `; empty where nothing
/// is saved.
std::string SavingsText(const UpstreamSpec& spec, std::uint64_t series, const Sources& sources) {
  static constexpr std::array<std::string_view, 3> kFamilies = {"phases", "histograms", "latest"};
  std::string text;
  for (const std::string_view family : kFamilies) {
    if (Drops(spec.mapping, family)) continue;
    UpstreamSpec lighter = spec;
    lighter.mapping.drop.emplace(family);
    const std::uint64_t left = TotalOf(lighter, sources);
    if (left < series) text += fmt::format("drop = [\"{}\"] leaves {}, ", family, left);
  }
  return text;
}

std::string MessageOf(const UpstreamSpec& spec, std::uint64_t series, const Sources& sources) {
  const Breakdown breakdown = BreakDown(spec, sources);
  return fmt::format(
      "upstream \"{}\" would get {} series, more than max_series = {}; by kind: {}; most of all: "
      "{}; {}checks = [...] selects fewer",
      Escape(spec.name, 100), series, spec.max_series, KindsText(breakdown), ChecksText(breakdown),
      SavingsText(spec, series, sources));
}

/// What is folded is dropped where it is sent as whole outcomes alone.
bool TakesRollups(const UpstreamSpec& spec) {
  if (spec.type == UpstreamType::kOtlp) return spec.otlp.has_metrics;
  return spec.type != UpstreamType::kMackerel || !spec.mackerel.service.empty();
}

/// Empty where everything folded as far as it can be has room.
std::string WhyTooSmall(const UpstreamSpec& spec, const Sources& sources) {
  if (!TakesRollups(spec)) return {};
  std::uint64_t rollups = 0;
  sources.Visit(spec.selection, [&](const CheckIdentity&) { ++rollups; });
  if (rollups * kRollupBytes <= spec.max_spool) return {};
  return fmt::format(
      "upstream \"{}\" has a max_spool of {} KiB for {} checks, counted in each region: what waits "
      "for long is folded into about 1 KiB of each; give it \"{}KiB\" or more, or checks = [...] "
      "selects fewer",
      Escape(spec.name, 100), spec.max_spool / 1024, rollups, rollups * kRollupBytes / 1024);
}

ConfigError ErrorAt(const SourcePlace& place, std::string message) {
  return {place.file, place.line, place.column, std::move(message)};
}

}  // namespace

std::vector<UpstreamLoad> LoadsOf(const Config& config, const std::vector<PlannedCheck>& plan,
                                  const std::vector<PlannedHeartbeat>& heartbeats) {
  const Sources sources{plan, heartbeats};
  std::vector<UpstreamLoad> loads;
  for (const UpstreamSpec& spec : config.upstreams) loads.push_back(LoadOf(spec, sources));
  return loads;
}

std::vector<ConfigError> OverBudget(const Config& config, const std::vector<PlannedCheck>& plan,
                                    const std::vector<PlannedHeartbeat>& heartbeats) {
  const Sources sources{plan, heartbeats};
  std::vector<ConfigError> errors;
  for (std::size_t i = 0; i < config.upstreams.size(); ++i) {
    const UpstreamSpec& spec = config.upstreams[i];
    if (const std::uint64_t series = TotalOf(spec, sources); series > spec.max_series) {
      errors.push_back(ErrorAt(config.upstream_places[i], MessageOf(spec, series, sources)));
    }
    if (std::string why = WhyTooSmall(spec, sources); !why.empty()) {
      errors.push_back(ErrorAt(config.spool_places[i], std::move(why)));
    }
  }
  return errors;
}

}  // namespace gaikei
