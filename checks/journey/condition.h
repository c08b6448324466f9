#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "checks/expect/expect.h"
#include "checks/journey/variables.h"

namespace gaikei {

/// `when` of a step: NAME OPERATOR VALUE in the language of expectations, the name of a captured
/// value or of a built-in as its subject: `role == 'admin'`, `items exists`, `count > 2`. Values
/// are texts, compared as such; an order and a range ask for one that reads as a number.
///
/// What was not captured does not exist; any other question about it is false, negated or not.
/// Compiled once at load, immutable, any thread.
class Condition {
 public:
  /// The error's column is a byte offset inside the text.
  static tl::expected<Condition, expect::CompileError> Compile(std::string_view text);

  /// The name that is asked for. The caller knows whether it can be captured.
  const std::string& name() const;
  const std::string& text() const;

  bool Holds(const Variables& variables) const;

 private:
  struct Compiled;
  explicit Condition(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace gaikei
