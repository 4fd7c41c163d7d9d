"""大数据中心 · data centre: what is learnt from many cases at once. It changes nothing in the other domains."""
