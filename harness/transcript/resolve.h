#pragma once

#include <functional>
#include <span>

#include "transcript/mutation.h"

// How a path finds its field in a message. For the room's own use.
namespace karpspec::transcript {

struct Target {
  std::string canonical;            // below the payload, indices filled in: "proposals[1].spi"
  std::optional<FieldValue> value;  // of a field that holds one
  std::function<Result<void>(const Value&)> set;
  std::function<void()> erase;  // of an element of a list
  std::function<void()> duplicate;
  bool wire_only = false;  // stands in the octets only
};

// With ANY_ELEMENT the indices of lists are not looked at: for checking a path against a sample.
// Errors: not_found, whose offset is where in the path's text it went wrong.
[[nodiscard]] Result<Target> resolve(wire::Message& message, const Path& path,
                                     const wire::CodePoints& numbers, bool any_element = false);

// Makes a proposal or a transform out of the operation's values and puts it into its list.
[[nodiscard]] Result<void> add_element(const AddElement& op, wire::Message& message,
                                       Context& context);

}  // namespace karpspec::transcript
