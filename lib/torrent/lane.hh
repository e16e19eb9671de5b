// A thread and the jobs that it does one after the other.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace tc
{

template <class Job> class lane
{
  public:
    // On the thread: do_job(job) for each, rest() whenever nothing is left to do.
    lane(std::function<void(Job &)> do_job, std::function<void()> rest)
        : do_(std::move(do_job)), rest_(std::move(rest)), thread_([this] { main(); })
    {
    }
    ~lane()
    {
        end();
    }
    lane(const lane &) = delete;
    lane &operator=(const lane &) = delete;

    void put(Job job)
    {
        const std::lock_guard lock(mutex_);
        jobs_.push_back(std::move(job));
        if (jobs_.size() == 1)
            wake_.notify_one();
    }

    // Wait until every job is done, and rest() after the last one.
    void settle()
    {
        std::unique_lock lock(mutex_);
        settled_.wait(lock, [this] { return jobs_.empty() && !busy_; });
    }

    // Do what is left, then end the thread. May be called again.
    void end()
    {
        if (!thread_.joinable())
            return;
        {
            const std::lock_guard lock(mutex_);
            ending_ = true;
            wake_.notify_one();
        }
        thread_.join();
    }

  private:
    void main()
    {
        std::unique_lock lock(mutex_);
        for (;;) {
            if (jobs_.empty() && busy_) {
                lock.unlock();
                rest_();
                lock.lock();
            }
            if (jobs_.empty()) {
                busy_ = false;
                settled_.notify_all();
                wake_.wait(lock, [this] { return !jobs_.empty() || ending_; });
                if (jobs_.empty())
                    return;
            }
            busy_ = true;
            Job job = std::move(jobs_.front());
            jobs_.pop_front();
            lock.unlock();
            do_(job);
            lock.lock();
        }
    }

    std::function<void(Job &)> do_;
    std::function<void()> rest_;
    std::mutex mutex_;
    std::condition_variable wake_, settled_;
    std::deque<Job> jobs_;
    bool busy_ = false, ending_ = false;
    std::thread thread_; // last: it uses the others
};

} // namespace tc
