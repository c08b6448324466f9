#include "results/upstream/mackerel/outage.h"

#include <algorithm>
#include <utility>

#include "results/upstream/mackerel/short_text.h"

namespace gaikei::mackerel {
namespace {

/// Characters of a message that are kept.
constexpr std::size_t kMessageLimit = 300;

void Write(RecordWriter& out, const Outage& outage) {
  out.AddTime(outage.from);
  out.AddTime(outage.to);
  out.AddCount(outage.failed);
  out.AddText(Name(outage.reason));
  out.AddText(outage.phase);
  out.AddText(outage.message);
}

Outage ReadOutage(RecordReader& in) {
  Outage outage;
  outage.from = std::max(in.Time().value_or(WallTime()), WallTime());
  outage.to = std::max(in.Time().value_or(WallTime()), outage.from);
  outage.failed = static_cast<std::uint64_t>(in.Number());
  outage.reason = ParseReason(in.Text()).value_or(Reason::kNone);
  outage.phase = in.Text();
  outage.message = in.Text();
  return outage;
}

}  // namespace

void OutageWatch::Add(const Sample& sample) {
  switch (sample.latest.status) {
    case Status::kUnknown:
      return;
    case Status::kPass:
    case Status::kWarn:
      return End(sample.at);
    case Status::kFail:
      break;
  }
  if (!open) {
    open.emplace();
    open->from = sample.latest.has_started ? sample.started_at : sample.scheduled_at;
    open->to = open->from;
    open->reason = sample.reason;
    open->phase = sample.phase;
    open->message = Shortened(sample.message, kMessageLimit);
  }
  ++open->failed;
}

void OutageWatch::Add(const Rollup& rollup) {
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
  const Tally::Outcomes* most = nullptr;  // frequent failure
  for (const Tally::Outcomes& row : rollup.tally.outcomes) {
    if (row.status == Status::kPass || row.status == Status::kWarn) passed += row.count;
    if (row.status != Status::kFail) continue;
    failed += row.count;
    if (most == nullptr || row.count > most->count) most = &row;
  }
  if (passed == 0 && most != nullptr) {
    if (!open) {
      open.emplace();
      open->from = rollup.from;
      open->to = rollup.from;
      open->reason = most->reason;
    }
    open->failed += failed;
  } else if (passed > 0 && open) {
    open->failed += failed;
    End(failed > 0 ? rollup.at : rollup.from);
  }
}

void OutageWatch::End(WallTime at) {
  if (!open) return;
  open->to = std::max(at, open->from);
  ended.push_back(std::move(*open));
  open.reset();
  if (ended.size() > kEndedLimit) ended.erase(ended.begin());
}

void OutageWatch::Write(RecordWriter& out) const {
  out.AddCount(open ? 1 : 0);
  if (open) mackerel::Write(out, *open);
  out.AddCount(ended.size());
  for (const Outage& outage : ended) mackerel::Write(out, outage);
}

OutageWatch OutageWatch::Read(RecordReader& in) {
  OutageWatch watch;
  if (in.Count() > 0) watch.open = ReadOutage(in);
  const std::size_t count = in.Count();
  for (std::size_t i = 0; i < count && in.ok(); ++i) watch.ended.push_back(ReadOutage(in));
  return watch;
}

}  // namespace gaikei::mackerel
