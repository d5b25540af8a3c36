#pragma once

#include <vector>

#include "keyfile/events.h"
#include "keyfile/reader.h"

namespace karpspec::keyfile {

// Key chains of RFC 8177, each held until it is whole, because its name and what belongs to all its
// keys may come last.
class ChainEvents final : public Events {
 public:
  ChainEvents(std::string file, const ChainContext& context, TableSink& sink)
      : file_(std::make_shared<const std::string>(std::move(file))),
        context_(context),
        sink_(sink) {}

  bool begin_map(Place place) override;
  bool end_map() override;
  bool begin_list(Place place) override;
  bool end_list() override;
  bool key(std::string_view text, Place place) override;
  bool scalar(std::string_view text, bool quoted, Place place) override;
  bool null(Place place) override;
  [[nodiscard]] const std::optional<Error>& error() const override { return error_; }

 private:
  using Node = transcript::Node;
  // Until a chain, or what stands beside the chains, begins.
  enum class In { start, root, chains, list, value };

  bool refuse(Place place, const std::string& message);
  bool hand_on(Result<void> result);
  [[nodiscard]] Node::Place at(Place place) const { return {file_, place.line, place.column}; }
  bool open(Node::Kind kind, Place place);
  bool put(Node node);
  bool take(const Node& whole);
  bool take_chain(const Node& chain);
  bool take_key(const Node& chain, const std::string& name, const Node& key);
  [[nodiscard]] bool read_lifetime(const Node& key, const Node* tolerance, keytable::RowText& row,
                                   std::string& wrong) const;

  std::shared_ptr<const std::string> file_;
  const ChainContext& context_;
  TableSink& sink_;
  In in_ = In::start;
  std::string key_;  // of root or chains
  struct Level {
    Node node;
    std::optional<Node> key;
  };
  std::vector<Level> open_;
  std::optional<Error> error_;
  bool begun_ = false;    // a chain has been handed on
  bool wrapped_ = false;  // the key strings are encrypted
  std::string vrf_;       // of the last row
};

}  // namespace karpspec::keyfile
