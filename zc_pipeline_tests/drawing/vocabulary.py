"""Plausible words of performance-target tables. Places, offices and projects are invented."""

from __future__ import annotations

from collections.abc import Callable

TITLE = "项目支出绩效目标表（含转移支付项目）"

PLACES = ("云岭市清河区", "南屏市", "东篱县", "临溪市白塔新区", "青石州望江县")

UNITS = (
    "科技工业和信息化局",
    "农业农村局",
    "文化广电旅游体育局",
    "市场监督管理局",
    "公共就业服务中心",
    "疾病预防控制中心",
    "图书馆",
    "城市管理和综合执法局",
    "第一中学",
    "水务工程质量安全事务中心（河长制办公室）",
)

SHARED_PROJECTS = ("专项工作经费", "编外人员聘用经费", "因公出国（境）经费", "党建活动经费")

SUBJECTS = (
    "智慧政务信息化",
    "老旧小区改造",
    "农村人居环境整治",
    "食品安全抽检监测",
    "重点产业招商引资",
    "公共图书采购与流通服务",
    "防汛抗旱物资储备及应急抢险队伍建设",
    "青少年体育赛事",
    "5G网络基础设施",
    "义务教育学校校舍维修",
    "河湖水质监测",
    "小微企业贷款贴息",
    "非物质文化遗产保护传承",
    "垃圾分类宣传",
    "退役军人就业技能培训",
    "结核病防治",
)

KINDS = ("专项资金", "工作经费", "项目", "补助资金（含上级转移支付）", "奖励项目", "运行维护费")

GOAL_CLAUSES = (
    "保障各项工作正常开展",
    "完成全年重点任务",
    "进一步提升公共服务水平和群众满意度",
    "推动产业结构优化升级",
    "按照《区级财政专项资金管理办法》及时足额拨付资金",
    "实现5G网络连续覆盖",
    "夯实数字经济、智慧城市的数据底座",
    "改善辖区居民生产生活条件",
    "加强监督检查，消除安全隐患",
    "建立健全长效管理机制",
    "培训基层骨干不少于300人次",
    "在2024年12月31日前完成竣工验收",
    "确保不发生较大及以上安全生产事故",
    "促进城乡融合发展",
)

_OUTPUT, _BENEFIT, _CONTENT = ("1", "产出指标"), ("2", "效益指标"), ("3", "满意度指标")
_AMOUNT, _QUALITY, _TIME = ("11", "数量指标"), ("12", "质量指标"), ("13", "时效指标")
_ECONOMIC, _SOCIAL, _LASTING = ("21", "经济效益"), ("22", "社会效益"), ("24", "可持续影响")
_SERVED = ("31", "服务对象满意度")

INDICATORS: tuple[tuple[tuple[str, str], tuple[str, str], str, tuple[str, ...]], ...] = (
    (_OUTPUT, _AMOUNT, "全年检查次数", ("12", "≥12次", "每月1次")),
    (_OUTPUT, _AMOUNT, "开展宣传活动场次", ("9场", "不少于20场", "30-40场")),
    (_OUTPUT, _AMOUNT, "采购车辆数量", ("10辆", "2辆")),
    (_OUTPUT, _AMOUNT, "实际使用外资金额（亿美元）", ("21亿元", "2.5亿元")),
    (_OUTPUT, _AMOUNT, "改造管网长度", ("13.6公里", "≥8公里")),
    (_OUTPUT, _QUALITY, "系统验收合格率", ("100%", "≥95%")),
    (_OUTPUT, _QUALITY, "培训合格率（%）", ("≥90.00(%)", "98%")),
    (_OUTPUT, _QUALITY, "资金支出合规性", ("合规", "符合规定")),
    (_OUTPUT, _TIME, "资金到位及时率", ("100%", "在本年度完成发放")),
    (_OUTPUT, _TIME, "工程完成时间", ("2024年12月31日前", "2023.07-2024.01")),
    (_OUTPUT, _TIME, "工资发放及时性", ("及时", "按月安排")),
    (_BENEFIT, _ECONOMIC, "带动社会投资总额", ("200亿元", "1.2亿元以上")),
    (_BENEFIT, _ECONOMIC, "消费品零售总额同比增长率", ("增长率达4%", "≥3.5%")),
    (_BENEFIT, _SOCIAL, "系统正常运行情况", ("系统正常运行", "全年无中断")),
    (_BENEFIT, _SOCIAL, "新增就业岗位", ("1800个以上", "2000个")),
    (_BENEFIT, _SOCIAL, "安全生产工作稳定性", ("稳定", "持续稳定")),
    (_BENEFIT, _LASTING, "长效管理机制健全性", ("健全", "基本健全")),
    (_BENEFIT, _LASTING, "提高区域品牌知名度", ("逐步提高", "100%")),
    (_CONTENT, _SERVED, "服务对象满意度", ("≥90%", "100%", "采访群众，满意率达60%")),
    (_CONTENT, _SERVED, "参展企业满意度", ("95%以上", "满意")),
)
"""First level, second level, name, possible values: in the order of their codes."""

QUIRKS: tuple[Callable[[str, str, str], tuple[str, str, str]], ...] = (
    lambda name, cycle, annual: (name, "按上级要求时间。", "按上级要求时间。"),
    lambda name, cycle, annual: (name, "居全市前6。（按年度考核结果）", "居全市前6。（按年度考核结果）"),
    lambda name, cycle, annual: (name, cycle, f"{annual}（根据年度预算情况）"),
    lambda name, cycle, annual: (f"{name} （按季度统计）", cycle, annual),
    lambda name, cycle, annual: (name, "2024年5月前完成12项，其中：新建3项、续建9项", annual),
)
"""What real indicators print and parsers stumble over: each takes name, cycle and annual target."""
