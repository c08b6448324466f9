#include "results/upstream/statsd_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "results/text.h"
#include "results/upstream/mapping.h"

namespace gaikei {
namespace {

/// Of a tag, its name and value together (docs.datadoghq.com, "Getting started with tags").
constexpr std::size_t kTagLimit = 200;
/// Of one node of a name.
constexpr std::size_t kNodeLimit = 200;

bool IsLetterOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool IsAscii(char c) { return static_cast<unsigned char>(c) < 0x80; }

/// As Datadog has them: letters of any script, digits, _ - : . / stay, all else is an underscore.
std::string TagText(std::string_view text, std::size_t limit) {
  std::string clean = Escape(text, limit);
  for (char& c : clean) {
    if (IsAscii(c) && !IsLetterOrDigit(c) &&
        std::string_view("_-:./").find(c) == std::string::npos) {
      c = '_';
    }
  }
  return clean;
}

std::string TagOf(std::string_view name, std::string_view value) {
  std::string key = TagText(name, kTagLimit / 2);
  std::replace(key.begin(), key.end(), ':', '_');  // the first one ends the name
  const bool begins_with_letter = !key.empty() && (!IsAscii(key[0]) || (key[0] | 0x20) >= 'a');
  if (!begins_with_letter) key.insert(0, "tag_");
  return key + ":" + TagText(value, kTagLimit - key.size() - 1);
}

/// What every statsd takes: other bytes of ASCII become underscores, of others their number stays,
/// so that two names do not become one.
std::string NodeText(std::string_view text) {
  std::string clean;
  for (const char c : text.substr(0, kNodeLimit)) {
    if (IsLetterOrDigit(c) || c == '_' || c == '-') {
      clean += c;
    } else if (IsAscii(c)) {
      clean += '_';
    } else {
      clean += fmt::format("_{:02x}", static_cast<unsigned char>(c));
    }
  }
  return clean.empty() ? "_" : clean;
}

/// Milliseconds to the microsecond, as short as they can be written.
std::string Milliseconds(Span span) {
  const auto micros = std::chrono::round<std::chrono::microseconds>(span).count();
  return fmt::format("{}", static_cast<double>(micros) / 1000);
}

}  // namespace

bool StatsdLines::Add(const SpoolItem& item, std::vector<std::string>& lines) const {
  if (std::holds_alternative<Departure>(item.content)) return true;
  const Common common = CommonOf(item.series());
  const std::size_t before = lines.size();
  if (const auto* sample = std::get_if<Sample>(&item.content)) {
    AddSample(*sample, common, lines);
  } else {
    AddRollup(std::get<Rollup>(item.content), common, lines);
  }
  const auto first = lines.begin() + static_cast<std::ptrdiff_t>(before);
  const auto kept = std::remove_if(
      first, lines.end(), [](const std::string& line) { return line.size() > kStatsdLineLimit; });
  const bool has_all = kept == lines.end();
  lines.erase(kept, lines.end());
  return has_all;
}

StatsdLines::Common StatsdLines::CommonOf(const SampleSeries& series) const {
  const CheckIdentity& check = *series.check;
  Common common;
  if (spec_.has_tags) {
    AddLabel("check", check.name, common);
    AddLabel("region", series.region, common);
    AddLabel("kind", check.kind, common);
  } else {
    // By their place: a name would only make them longer.
    if (MappedName(mapping_, "check")) common.nodes += "." + NodeText(check.name);
    if (MappedName(mapping_, "region")) common.nodes += "." + NodeText(series.region);
  }
  for (const auto& [name, value] : check.labels) AddLabel(name, value, common);
  const auto has_label = [&](const std::string& theirs) {
    return std::any_of(check.labels.begin(), check.labels.end(), [&](const auto& label) {
      return MappedName(mapping_, label.first) == theirs;
    });
  };
  for (const auto& [name, value] : mapping_.add) {
    if (has_label(name)) continue;  // the check's own
    if (spec_.has_tags) {
      common.tags += (common.tags.empty() ? "" : ",") + TagOf(name, value);
    } else {
      common.nodes += "." + NodeText(name + "_" + value);
    }
  }
  return common;
}

void StatsdLines::AddLabel(std::string_view name, std::string_view value, Common& common) const {
  const auto mapped = MappedName(mapping_, name);
  if (!mapped || value.empty()) return;
  if (!spec_.has_tags) {
    common.nodes += "." + NodeText(*mapped + "_" + std::string(value));
    return;
  }
  if (!common.tags.empty()) common.tags += ',';
  common.tags += TagOf(*mapped, value);
}

void StatsdLines::AddSample(const Sample& sample, const Common& common,
                            std::vector<std::string>& lines) const {
  const Latest& latest = sample.latest;
  AddCount(latest.status, sample.reason, 1, common, lines);
  if (Tally::HasDuration(latest.status, sample.reason)) {
    if (!Drops(mapping_, "histograms")) {
      lines.push_back(Line("duration", Milliseconds(latest.duration), "ms", common, {}));
    }
    for (std::size_t i = 0; i < kPhaseCount && !Drops(mapping_, "phases"); ++i) {
      if (!latest.phases[i]) continue;
      lines.push_back(Line("phase.duration", Milliseconds(*latest.phases[i]), "ms", common,
                           {{"phase", Name(static_cast<Phase>(i))}}));
    }
  }
  if (latest.status != Status::kUnknown && !Drops(mapping_, "latest")) {
    const bool is_success = latest.status != Status::kFail;
    lines.push_back(Line("success", is_success ? "1" : "0", "g", common, {}));
  }
}

void StatsdLines::AddRollup(const Rollup& rollup, const Common& common,
                            std::vector<std::string>& lines) const {
  for (const Tally::Outcomes& row : rollup.tally.outcomes) {
    AddCount(row.status, row.reason, row.count, common, lines);
  }
}

void StatsdLines::AddCount(Status status, Reason reason, std::uint64_t count, const Common& common,
                           std::vector<std::string>& lines) const {
  if (count == 0) return;
  std::vector<Extra> extras = {{"status", Name(status)}};
  if (reason != Reason::kNone) extras.emplace_back("reason", Name(reason));
  lines.push_back(Line("outcomes", std::to_string(count), "c", common, extras));
}

std::string StatsdLines::Line(std::string_view metric, std::string_view value,
                              std::string_view type, const Common& common,
                              const std::vector<Extra>& extras) const {
  std::string name = spec_.prefix;
  name += metric;
  name += common.nodes;
  std::string tags = common.tags;
  for (const auto& [label, text] : extras) {
    const auto mapped = MappedName(mapping_, label);
    if (!mapped) continue;
    if (spec_.has_tags) {
      tags += (tags.empty() ? "" : ",") + TagOf(*mapped, text);
    } else {
      name += "." + NodeText(text);
    }
  }
  return fmt::format("{}:{}|{}{}{}", name, value, type, tags.empty() ? "" : "|#", tags);
}

}  // namespace gaikei
