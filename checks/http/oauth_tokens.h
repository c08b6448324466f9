#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "checks/check.h"
#include "checks/http/token_fetch.h"
#include "results/secret.h"
#include "results/time.h"

namespace gaikei {

/// The OAuth 2 token of one check: kept until it expires, shared by its slots, regions and loops.
/// Attempts of one region on one loop that need it at the same time wait for one fetch.
///
/// Any thread, except where it says otherwise. Held by shared pointers alone.
class OauthTokens : public std::enable_shared_from_this<OauthTokens> {
  struct Flight;
  using Key = std::pair<const io::Engine*, const Region*>;

 public:
  explicit OauthTokens(TokenSource source) : source_(std::move(source)) {}
  OauthTokens(const OauthTokens&) = delete;
  OauthTokens& operator=(const OauthTokens&) = delete;

  /// The token that is kept; absent where there is none or its time is over.
  std::optional<Secret> Kept() const;
  /// The target has refused this token: it is not given out again.
  void Drop(const Secret& token);

  /// Somebody who waits for a token. Destroying it leaves; the last one to leave cancels the fetch.
  class Waiter {
   public:
    ~Waiter();
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

   private:
    friend class OauthTokens;
    Waiter() = default;
    std::shared_ptr<OauthTokens> tokens_;
    std::shared_ptr<Flight> flight_;  ///< null: told
    TokenFetch::Done done_;
  };
  /// Fetches a token, or joins the fetch that is under way. Loop thread of the context. `done` is
  /// called once, never inside; it may destroy the Waiter.
  std::unique_ptr<Waiter> Fetch(const AttemptContext& context, TokenFetch::Done done);

 private:
  struct Flight {
    Key key;
    std::list<Waiter*> waiters;
    std::unique_ptr<TokenFetch> fetch;
  };
  std::shared_ptr<Flight> FlightOf(const Key& key);
  void End(const std::shared_ptr<Flight>& flight);
  void OnFetched(const std::shared_ptr<Flight>& flight, const TokenAnswer& answer);

  const TokenSource source_;
  mutable std::mutex mutex_;
  Secret token_;  // empty: none
  MonoTime expires_{};
  std::map<Key, std::shared_ptr<Flight>> flights_;  // what is inside one is its loop's alone
};

}  // namespace gaikei
