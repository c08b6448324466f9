#include "checks/expect/expect.h"

#include <utility>

#include "checks/expect/program.h"

namespace gaikei::expect {

struct Expression::Compiled {
  Program program;
};

Expression::Expression(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}

tl::expected<Expression, CompileError> Expression::Compile(std::string_view text,
                                                           std::string_view kind) {
  auto program = Parse(text, kind);
  if (!program) return tl::unexpected(std::move(program.error()));
  return Expression(std::make_shared<const Compiled>(Compiled{std::move(*program)}));
}

const std::string& Expression::text() const { return compiled_->program.text; }
Subject Expression::subject() const { return compiled_->program.subject.row->subject; }
Reason Expression::reason() const { return compiled_->program.reason; }
ExpectResult Expression::Evaluate(const Source& source) const {
  return Run(compiled_->program, source);
}

}  // namespace gaikei::expect
