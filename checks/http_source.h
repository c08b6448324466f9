#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "checks/expect/expect.h"
#include "checks/io/http_transfer.h"
#include "checks/json_path.h"
#include "results/outcome.h"

namespace gaikei {

/// What expressions may ask of an HTTP attempt. Borrows both; loop thread only.
///
/// certificate.days_left counts to the earliest end in the chain as presented (as `expires_at`);
/// the other certificate subjects are the leaf's.
class HttpSource : public expect::Source {
 public:
  HttpSource(const Observation& seen, const io::HttpAnswer& answer, WallTime now)
      : seen_(seen), answer_(answer), now_(now) {}
  expect::Value Get(expect::Subject subject, std::string_view argument) const override;
  bool IsCut(expect::Subject subject) const override;

 private:
  expect::Value Header(std::string_view name) const;
  expect::Value Json(std::string_view path) const;
  expect::Value PhaseSpan(std::string_view name) const;
  expect::Value Certificate(expect::Subject subject) const;
  expect::Value Tls(expect::Subject subject) const;

  const Observation& seen_;
  const io::HttpAnswer& answer_;
  WallTime now_;
  mutable std::unique_ptr<JsonDocument> json_;  ///< parsed when first asked for
  mutable std::deque<std::string> texts_;       ///< what values point into
};

}  // namespace gaikei
