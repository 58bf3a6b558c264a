import unittest

from timer.duration import seconds


class DurationTest(unittest.TestCase):
    def test_seconds(self):
        self.assertEqual(seconds("90s"), 90)


if __name__ == "__main__":
    unittest.main()
