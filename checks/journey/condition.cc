#include "checks/journey/condition.h"

#include <utility>

#include "checks/expect/program.h"
#include "results/text.h"

namespace gaikei {
namespace {

using expect::CompileError;
using expect::FoundSubject;
using expect::Missing;
using expect::Subject;
using expect::Value;

class VariableSource : public expect::Source {
 public:
  VariableSource(const Variables& variables, const std::string& name)
      : variables_(variables), name_(name) {}
  Value Get(Subject, std::string_view) const override {
    const Secret* value = variables_.Find(name_);
    if (value == nullptr) return Missing{"not captured"};
    return value->Reveal();
  }

 private:
  const Variables& variables_;
  const std::string& name_;
};

}  // namespace

struct Condition::Compiled {
  std::string name;
  expect::SubjectRow row;  ///< named `name`; the program points to it
  expect::Program program;
};

tl::expected<Condition, CompileError> Condition::Compile(std::string_view text) {
  auto compiled = std::make_shared<Compiled>();
  const auto find = [&](std::string_view word) -> tl::expected<FoundSubject, CompileError> {
    if (!IsVariableName(word) && !IsBuiltIn(word)) {
      return tl::unexpected(
          CompileError{0, "\"" + Escape(word, 40) + "\" is no name of a captured value"});
    }
    compiled->name = word;
    // A header's value is compared as a captured one has to be: a text that may read as a number.
    compiled->row = {Subject::kHeader, compiled->name, expect::Type::kHeader, "", {}};
    return FoundSubject{&compiled->row, ""};
  };
  auto program = expect::Parse(text, expect::SubjectFinder(find));
  if (!program) return tl::unexpected(std::move(program.error()));
  compiled->program = std::move(*program);
  return Condition(std::move(compiled));
}

const std::string& Condition::name() const { return compiled_->name; }
const std::string& Condition::text() const { return compiled_->program.text; }

bool Condition::Holds(const Variables& variables) const {
  return expect::Run(compiled_->program, VariableSource(variables, compiled_->name)).pass;
}

}  // namespace gaikei
