#include "results/upstream/otlp/message_sink.h"

#include <fmt/format.h>

#include <utility>
#include <variant>

namespace gaikei::otlp {

std::size_t MessageSink::Prepare(std::span<const SpoolItem* const> items, const Limits& limits) {
  samples_ = 0;
  folded_ = 0;
  std::size_t bytes = 0;
  std::size_t taken = 0;
  while (taken < items.size() && taken < limits.items && bytes < limits.bytes) {
    const SpoolItem& item = *items[taken++];
    if (const auto* sample = std::get_if<Sample>(&item.content)) {
      bytes += Add(*sample, limits);
      ++samples_;
    } else {
      folded_ += item.samples();
    }
  }
  body_ = samples_ > 0 ? Finish() : std::string();
  return taken;
}

void MessageSink::Send(Done done) {
  Verdict folded{.rejected = folded_};
  if (folded_ > 0) {
    folded.message = fmt::format("{} samples were folded, and cannot be told one by one", folded_);
  }
  if (samples_ == 0) return done(std::move(folded));
  exchange_.Send(body_, samples_, [folded, done = std::move(done)](Verdict verdict) {
    if (verdict.kind == Verdict::Kind::kTaken) {
      verdict.rejected += folded.rejected;
      if (verdict.message.empty()) verdict.message = folded.message;
    }
    done(std::move(verdict));
  });
}

std::vector<LaneState> MessageSink::Settle() {
  body_.clear();
  return {};
}

}  // namespace gaikei::otlp
