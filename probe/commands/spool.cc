#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <tl/expected.hpp>
#include <utility>

#include "probe/commands/commands.h"
#include "probe/config/spool_config.h"
#include "probe/output/style.h"
#include "results/counted.h"
#include "results/json.h"
#include "results/spool/item_json.h"
#include "results/spool/spool_report.h"
#include "results/text.h"
#include "results/upstream/mapping.h"

namespace gaikei {
namespace {

using Report = std::unique_ptr<SpoolReport>;

constexpr int kDamaged = 1;

int Complain(const std::string& why) {
  std::fprintf(stderr, "gaikei: %s\n", why.c_str());
  return 2;
}

/// False where standard output takes nothing any more. A reader that has seen enough is no error.
bool Write(const std::string& text, int& exit_code) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) {
    return true;
  }
  if (errno != EPIPE)
    exit_code = Complain(fmt::format("standard output: {}", std::strerror(errno)));
  return false;
}

/// What is to be printed as it is, and the exit code.
struct Failure {
  std::string text;
  int exit_code = 2;
};

tl::expected<Report, Failure> OpenReport(const CommandLine& line) {
  std::string state_dir = line.state_dir;
  SpoolReport::Selections selections;
  if (state_dir.empty() || !line.common.sources.paths.empty()) {
    const auto config = LoadSpoolConfig(line.common.sources);
    if (!config) {
      Failure failure;
      for (const ConfigError& error : config.error()) failure.text += error.Text() + "\n";
      return tl::unexpected(std::move(failure));
    }
    for (const auto& [name, selection] : config->selections) {
      // One upstream may have several lanes (results/upstream/hub).
      for (const char* signal : {"", ".logs", ".traces", ".reports"}) {
        selections[name + signal] = [selects = selection](const SampleSeries& series) {
          return Selects(selects, series);
        };
      }
    }
    if (state_dir.empty()) state_dir = config->state_dir;
  }
  if (state_dir.empty()) {
    return tl::unexpected(Failure{"gaikei: without a state_dir the spool lives in memory\n"});
  }
  auto report = SpoolReport::Open(state_dir, std::move(selections));
  if (report) return std::move(*report);
  const std::string& why = report.error().text;
  if (!report.error().is_damage) return tl::unexpected(Failure{fmt::format("gaikei: {}\n", why)});
  return tl::unexpected(
      Failure{fmt::format("gaikei: {}: nothing of it can be read\n", why), kDamaged});
}

// ---- status

constexpr std::array kDetail = {"full", "slim", "minutes", "hours", "one"};

std::string DetailOf(const LaneAccount& account) {
  return kDetail.at(std::min<std::size_t>(account.fold_level, kDetail.size() - 1));
}

std::string SizeText(std::uint64_t bytes) {
  constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < kUnits.size(); ++unit) size /= 1024;
  return unit == 0 ? fmt::format("{}B", bytes) : fmt::format("{:.1f}{}", size, kUnits.at(unit));
}

/// The clock may have been set back.
Span AgeOf(const LaneAccount& account, WallTime now) {
  return account.oldest_at ? std::max(Span::zero(), now - *account.oldest_at) : Span::zero();
}

std::string DroppedText(const LaneAccount& account) {
  std::string text;
  for (const auto& [reason, count] : account.dropped) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", Escape(reason), count);
  }
  return text.empty() ? "0" : text;
}

std::string StatusText(const SpoolStatus& status, const std::string& path, WallTime now) {
  constexpr std::size_t kColumns = 10;
  using Row = std::array<std::string, kColumns>;
  std::vector<Row> rows = {{"UPSTREAM", "SPOOLED", "OLDEST", "SIZE", "DETAIL", "PRODUCED", "SENT",
                            "REJECTED", "DUPLICATES", "DROPPED"}};
  for (const auto& lane : status.lanes) {
    const LaneAccount& account = lane.account;
    const auto number = [](std::uint64_t n) { return std::to_string(n); };
    rows.push_back({Escape(account.name), number(account.spooled),
                    account.oldest_at ? FormatDuration(AgeOf(account, now)) : "-",
                    SizeText(account.bytes), DetailOf(account), number(account.produced),
                    number(account.sent), number(account.rejected), number(account.duplicates),
                    DroppedText(account)});
  }
  std::array<std::size_t, kColumns> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) {
      widths.at(i) = std::max(widths.at(i), DisplayWidth(row.at(i)));
    }
  }
  std::string text = fmt::format("{}, {}\n", Escape(path), SizeText(status.file_bytes));
  if (status.lanes.empty()) return text + "no upstream has ever had a sample\n";
  for (const Row& row : rows) {
    for (std::size_t i = 0; i + 1 < kColumns; ++i) {
      text += i == 0 ? PadRight(row.at(i), widths.at(i)) : PadLeft(row.at(i), widths.at(i));
      text += "  ";
    }
    text += row.back() + "\n";
  }
  for (const auto& lane : status.lanes) {
    if (!lane.gone_at) continue;
    text += fmt::format("{}: no upstream has that name since {}\n", Escape(lane.account.name),
                        FormatRfc3339(*lane.gone_at));
  }
  return text;
}

std::string StatusJson(const SpoolStatus& status, const std::string& path, WallTime now) {
  OrderedJson json = {{"schema", "gaikei.spool/1"},
                      {"path", Escape(path, path.size() + kEscapedLimit)},
                      {"bytes", status.file_bytes},
                      {"damaged", status.is_damaged},
                      {"upstreams", OrderedJson::array()}};
  for (const auto& lane : status.lanes) {
    const LaneAccount& account = lane.account;
    OrderedJson row = {{"upstream", Escape(account.name)}, {"spooled", account.spooled}};
    if (account.oldest_at) {
      row["oldest_at"] = FormatRfc3339(*account.oldest_at);
      row["oldest_age"] = Seconds(AgeOf(account, now));
    }
    row["bytes"] = account.bytes;
    row["fold_level"] = account.fold_level;
    row["detail"] = DetailOf(account);
    row["produced"] = account.produced;
    row["sent"] = account.sent;
    row["rejected"] = account.rejected;
    row["duplicates"] = account.duplicates;
    row["dropped"] = OrderedJson::object();
    for (const auto& [reason, count] : account.dropped) row["dropped"][Escape(reason)] = count;
    row["filtered"] = lane.is_filtered;
    if (lane.gone_at) row["gone_at"] = FormatRfc3339(*lane.gone_at);
    json["upstreams"].push_back(std::move(row));
  }
  return JsonText(json) + "\n";
}

int ShowStatus(const CommandLine& line, SpoolReport& report) {
  const SpoolStatus status = report.Status();
  const bool as_json = line.common.output == "json";
  int exit_code = 0;
  Write((as_json ? StatusJson : StatusText)(status, report.path(), WallNow()), exit_code);
  if (!status.is_damaged || exit_code != 0) return exit_code;
  std::fprintf(stderr, "gaikei: %s is damaged: \"gaikei spool check\" says where\n",
               Escape(report.path()).c_str());
  return kDamaged;
}

// ---- dump

int Dump(const CommandLine& line, SpoolReport& report) {
  std::string upstream = line.upstream;
  const SpoolStatus status = report.Status();
  if (upstream.empty()) {
    if (status.lanes.size() != 1) {
      std::string names;
      for (const auto& lane : status.lanes) names += " " + Escape(lane.account.name);
      return Complain("say which with --upstream NAME; there is:" +
                      (names.empty() ? " none" : names));
    }
    upstream = status.lanes.front().account.name;
  }
  const auto lane =
      std::ranges::find(status.lanes, upstream, [](const auto& row) { return row.account.name; });
  if (lane == status.lanes.end()) {
    return Complain(fmt::format("nothing was ever spooled for \"{}\"", Escape(upstream)));
  }
  if (!lane->is_selection_known) {
    std::fprintf(stderr,
                 "gaikei: %s takes some of the checks only, and the configuration at hand does not "
                 "say which: there may be items of others\n",
                 Escape(upstream).c_str());
  }
  std::uint64_t left = line.limit.value_or(std::uint64_t{0} - 1);
  int exit_code = 0;
  bool is_read = left > 0;
  if (!is_read) return 0;
  const auto done = report.Dump(upstream, [&](const SpoolItem& item) {
    is_read = Write(ToJson(item) + "\n", exit_code);
    return is_read && --left > 0;
  });
  if (exit_code != 0 || !is_read || done) return exit_code;
  std::fprintf(stderr, "gaikei: %s: %s\n", Escape(report.path()).c_str(), done.error().c_str());
  return kDamaged;
}

// ---- check

int ShowFaults(const CommandLine& line, SpoolReport& report) {
  const SpoolCheck check = report.Check();
  std::string text;
  for (const std::string& fault : check.faults) text += fault + "\n";
  for (const std::string& note : check.notes) std::fprintf(stderr, "gaikei: %s\n", note.c_str());
  if (!line.common.log.quiet) {
    text += fmt::format("{}: {}, {} with {} read\n", Escape(report.path()),
                        check.faults.empty() ? "sound" : "damaged", Counted(check.rows, "row"),
                        Counted(check.samples, "sample"));
  }
  int exit_code = 0;
  if (!Write(text, exit_code) && exit_code != 0) return exit_code;
  return check.faults.empty() ? 0 : kDamaged;
}

}  // namespace

int RunSpoolCommand(const CommandLine& line) {
  auto report = OpenReport(line);
  if (!report) {
    std::fputs(report.error().text.c_str(), stderr);
    return report.error().exit_code;
  }
  if (line.spool_action == "dump") return Dump(line, **report);
  if (line.spool_action == "check") return ShowFaults(line, **report);
  return ShowStatus(line, **report);
}

}  // namespace gaikei
