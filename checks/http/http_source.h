#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "checks/expect/expect.h"
#include "checks/io/http/http_transfer.h"
#include "checks/parts/json_path.h"
#include "checks/parts/observation_source.h"
#include "results/outcome.h"

namespace gaikei {

/// What expressions may ask of an HTTP attempt, its answer included. Borrows both; loop thread
/// only.
class HttpSource : public ObservationSource {
 public:
  HttpSource(const Observation& seen, const io::HttpAnswer& answer, WallTime now)
      : ObservationSource(seen, now), answer_(answer) {}
  expect::Value Get(expect::Subject subject, std::string_view argument) const override;
  bool IsCut(expect::Subject subject) const override;

 private:
  expect::Value Header(std::string_view name) const;
  expect::Value Json(std::string_view path) const;

  const io::HttpAnswer& answer_;
  mutable std::unique_ptr<JsonDocument> json_;  ///< parsed when first asked for
  mutable std::deque<std::string> texts_;       ///< what values point into
};

}  // namespace gaikei
