#include "checks/http/oauth_tokens.h"

#include <utility>

namespace gaikei {

std::optional<Secret> OauthTokens::Kept() const {
  const std::lock_guard lock(mutex_);
  if (token_.empty() || MonoNow() >= expires_) return std::nullopt;
  return token_;
}

void OauthTokens::Drop(const Secret& token) {
  const std::lock_guard lock(mutex_);
  if (token_.Reveal() == token.Reveal()) token_ = Secret();
}

std::shared_ptr<OauthTokens::Flight> OauthTokens::FlightOf(const Key& key) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Flight>& flight = flights_[key];
  if (!flight) {
    flight = std::make_shared<Flight>();
    flight->key = key;
  }
  return flight;
}

void OauthTokens::End(const std::shared_ptr<Flight>& flight) {
  const std::lock_guard lock(mutex_);
  const auto it = flights_.find(flight->key);
  if (it != flights_.end() && it->second == flight) flights_.erase(it);
}

std::unique_ptr<OauthTokens::Waiter> OauthTokens::Fetch(const AttemptContext& context,
                                                        TokenFetch::Done done) {
  std::unique_ptr<Waiter> waiter(new Waiter);
  waiter->tokens_ = shared_from_this();
  waiter->flight_ = FlightOf({&context.engine, &context.region});
  waiter->done_ = std::move(done);
  Flight& flight = *waiter->flight_;
  flight.waiters.push_back(waiter.get());
  if (!flight.fetch) {
    // The flight outlives its fetch, and End() keeps the flight while its waiters are told.
    flight.fetch = std::make_unique<TokenFetch>(
        source_, context, [this, raw = &flight](const TokenAnswer& answer) {
          std::shared_ptr<Flight> ended = FlightOf(raw->key);
          OnFetched(ended, answer);
        });
  }
  return waiter;
}

void OauthTokens::OnFetched(const std::shared_ptr<Flight>& flight, const TokenAnswer& answer) {
  const std::shared_ptr<OauthTokens> keep = shared_from_this();
  End(flight);
  if (answer.reason == Reason::kNone) {
    const std::lock_guard lock(mutex_);
    token_ = answer.token;
    expires_ = MonoNow() + answer.lifetime;
  }
  while (!flight->waiters.empty()) {
    Waiter* waiter = flight->waiters.front();
    flight->waiters.pop_front();
    waiter->flight_.reset();
    const TokenFetch::Done tell = std::move(waiter->done_);
    tell(answer);
  }
}

OauthTokens::Waiter::~Waiter() {
  if (!flight_) return;
  flight_->waiters.remove(this);
  if (flight_->waiters.empty()) tokens_->End(flight_);
}

}  // namespace gaikei
