#include "checks/dns/dns_fallback.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "checks/dns/dns_servers.h"
#include "checks/io/engine.h"

namespace gaikei {
namespace {

constexpr Span kLongestPatience = std::chrono::seconds(2);

}  // namespace

DnsFallback::DnsFallback(const AttemptContext& context, std::vector<DnsServerTarget> servers,
                         io::DnsQuery query, Done done)
    : context_(context),
      servers_(std::move(servers)),
      query_(std::move(query)),
      done_(std::move(done)),
      patience_(context.engine.loop()) {
  AskNext();
}

DnsFallback::~DnsFallback() = default;

void DnsFallback::AskNext() {
  const std::size_t index = exchanges_.size();
  exchanges_.push_back(std::make_unique<DnsExchange>(
      context_, servers_[index], query_,
      [this, index](DnsExchangeResult result) { OnResult(index, std::move(result)); }));
  if (exchanges_.size() == servers_.size()) {
    patience_.Disarm();
  } else {
    patience_.Arm(std::min(context_.timeout / 3, kLongestPatience), [this] { OnSilence(); });
  }
}

void DnsFallback::OnSilence() {
  notes_.push_back(fmt::format("{} was silent for {}",
                               DnsServerText(servers_[exchanges_.size() - 1]),
                               FormatDuration(std::min(context_.timeout / 3, kLongestPatience))));
  AskNext();
}

void DnsFallback::OnResult(std::size_t index, DnsExchangeResult result) {
  if (result.answer.reason == Reason::kNone) return Finish(index, std::move(result));
  exchanges_[index].reset();
  const bool is_last_asked = index + 1 == exchanges_.size();
  // Of a single one the result itself says it.
  if (servers_.size() > 1) {
    notes_.push_back(fmt::format("{} did not answer: {}", DnsServerText(servers_[index]),
                                 result.answer.message));
  }
  // What a server did says more than what we could not do.
  if (!failure_ || (StatusOf(failure_->answer.reason) == Status::kUnknown &&
                    StatusOf(result.answer.reason) != Status::kUnknown)) {
    first_failed_ = index;
    failure_ = std::make_unique<DnsExchangeResult>(std::move(result));
  }
  if (exchanges_.size() < servers_.size()) {
    if (is_last_asked) AskNext();
    return;
  }
  const bool is_over = std::all_of(exchanges_.begin(), exchanges_.end(),
                                   [](const auto& exchange) { return exchange == nullptr; });
  if (!is_over) return;
  // The first failure is the result itself; only the others are beside it.
  Finish(first_failed_, std::move(*failure_));
}

void DnsFallback::Finish(std::size_t index, DnsExchangeResult result) {
  patience_.Disarm();
  exchanges_.clear();
  Result all{.exchange = std::move(result), .server = servers_[index], .notes = std::move(notes_)};
  const Done done = std::move(done_);
  done(std::move(all));
}

DnsFallback::Result DnsFallback::GiveUp() {
  patience_.Disarm();
  for (std::size_t i = 0; i < exchanges_.size(); ++i) {
    if (exchanges_[i] == nullptr) continue;
    return {.exchange = exchanges_[i]->GiveUp(), .server = servers_[i], .notes = std::move(notes_)};
  }
  return {.exchange = std::move(*failure_),
          .server = servers_[first_failed_],
          .notes = std::move(notes_)};
}

}  // namespace gaikei
