#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace karpspec {

template <class Signature>
class FunctionRef;

// Something that can be called, which lives longer than this: for parameters. Allocates nothing,
// where std::function does for what captures more than two pointers.
template <class R, class... Args>
class FunctionRef<R(Args...)> {
 public:
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef>) FunctionRef(F&& f)
      : called_(const_cast<void*>(static_cast<const void*>(std::addressof(f)))),
        call_([](void* called, Args... args) -> R {
          return (*static_cast<std::add_pointer_t<F>>(called))(std::forward<Args>(args)...);
        }) {}

  R operator()(Args... args) const { return call_(called_, std::forward<Args>(args)...); }

 private:
  void* called_;
  R (*call_)(void*, Args...);
};

}  // namespace karpspec
